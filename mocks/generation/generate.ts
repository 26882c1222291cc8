import type { Content, GeneratedCall } from './content.ts';
import { ownContent, scriptedContent, shortened } from './content.ts';
import type { Prompt, ToolSpec } from './prompt.ts';
import type { FinishReason, ScriptedUsage } from './script.ts';
import type { Tokenizer } from './tokenizer.ts';

/** An answer, before any dialect has given it a form. */
export interface Generation {
  /** Visible summary of the reasoning; its length is not what `reasoningTokens` counts. */
  readonly reasoning: string;
  readonly reasoningTokens: number;
  /** Undefined when the answer has no message (tool calls only, or cut off while reasoning). */
  readonly text: string | undefined;
  readonly refusal: string | undefined;
  /** The text's or the refusal's deltas. */
  readonly pieces: readonly string[];
  readonly calls: readonly GeneratedCall[];
  /** Hosted tools that are used before the text. */
  readonly hosted: readonly ToolSpec[];
  readonly finish: FinishReason;
  /** The word of `stop` that ended the text, if one did. */
  readonly stopWord?: string | undefined;
  /** Tokens of text, refusal and calls. */
  readonly visibleTokens: number;
  /** What a script claims instead of counts. */
  readonly usage: ScriptedUsage | undefined;
}

const REASONING_TOKENS: Readonly<Record<string, number>> = {
  none: 0,
  minimal: 0,
  low: 64,
  medium: 128,
  high: 320,
  xhigh: 640,
  max: 1280,
};

const pieceCount = (content: Content): number =>
  content.calls.reduce((sum, call) => sum + call.pieces.length, content.pieces.length);

function visibleTokens(content: Content, prompt: Prompt, tokenizer: Tokenizer): number {
  const count = (text: string): number => tokenizer.count(text, prompt.model.encoding);
  const called = content.calls.reduce((sum, call) => sum + count(call.name) + count(call.input) + 3, 0);
  return called + count(content.text ?? content.refusal ?? '');
}

function reasoningTokens(prompt: Prompt, tokenizer: Tokenizer): number {
  const scripted = prompt.scripted?.usage?.reasoningTokens;
  if (scripted !== undefined) return scripted;
  if (prompt.scripted?.reasoning !== undefined)
    return tokenizer.count(prompt.scripted.reasoning, prompt.model.encoding);
  const effort = prompt.effort ?? prompt.model.defaultEffort;
  return prompt.model.reasoning ? (REASONING_TOKENS[effort ?? 'medium'] ?? 128) : 0;
}

/** The answer to a prompt: from the script if there is one, else from the prompt alone; equal prompts get equal answers. */
export function generate(prompt: Prompt, tokenizer: Tokenizer): Generation {
  const scripted = scriptedContent(prompt, tokenizer);
  const whole = scripted ?? ownContent(prompt, tokenizer);
  const thinking = reasoningTokens(prompt, tokenizer);
  const room = prompt.maxTokens === undefined ? Number.POSITIVE_INFINITY : prompt.maxTokens - thinking;
  const cut = scripted === undefined && pieceCount(whole) > room;
  const content = cut ? shortened(whole, room) : whole;
  const natural = content.calls.length > 0 ? 'tool_calls' : 'stop';
  return {
    reasoning:
      prompt.scripted?.reasoning ??
      (thinking > 0 ? `**Considering the request**\n\nI read the request and prepare a short answer.` : ''),
    reasoningTokens: cut ? Math.min(thinking, prompt.maxTokens ?? thinking) : thinking,
    ...content,
    finish: prompt.scripted?.finishReason ?? (cut ? 'length' : natural),
    visibleTokens: visibleTokens(content, prompt, tokenizer),
    usage: prompt.scripted?.usage,
  };
}
