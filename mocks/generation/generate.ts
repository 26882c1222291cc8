import type { Prompt, ToolSpec, Turn } from './prompt.ts';
import { lastUserText } from './prompt.ts';
import { valueForSchema } from './schema-value.ts';
import type { FinishReason, ScriptedUsage } from './script.ts';
import { answerToToolResults, defaultAnswer } from './text.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface GeneratedCall {
  readonly kind: 'function' | 'custom';
  readonly name: string;
  /** JSON text for functions, free text for custom tools. */
  readonly input: string;
  readonly pieces: readonly string[];
}

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
  readonly finish: FinishReason;
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
};

function words(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 3);
}

/** The tools whose name's words occur in the text; the first tool when there is none. Without parallel calls only one. */
function fittingTools(prompt: Prompt): readonly ToolSpec[] {
  const asked = lastUserText(prompt.turns).toLowerCase();
  const fitting = prompt.tools.filter((tool) => words(tool.name).some((word) => asked.includes(word)));
  const chosen = fitting.length > 0 ? fitting : prompt.tools.slice(0, 1);
  return prompt.parallelTools ? chosen : chosen.slice(0, 1);
}

function toolsToCall(prompt: Prompt): readonly ToolSpec[] {
  const choice = prompt.toolChoice;
  if (choice === 'none') return [];
  if (typeof choice === 'object') return prompt.tools.filter((tool) => tool.name === choice.name);
  // A tool's answer at the end is read back, so that a loop over tool calls ends.
  if (choice === 'auto' && prompt.turns.at(-1)?.role !== 'user') return [];
  return fittingTools(prompt);
}

function toolResults(turns: readonly Turn[]): readonly Turn[] {
  const before = turns.findLastIndex((turn) => turn.role !== 'tool');
  return turns.slice(before + 1);
}

function plainText(prompt: Prompt): string {
  const results = toolResults(prompt.turns);
  const text = results.length > 0 ? answerToToolResults(results) : defaultAnswer(prompt.asked, prompt.instructions);
  return prompt.tag === undefined ? text : `${text} [${prompt.tag}]`;
}

function answerText(prompt: Prompt): string {
  if (prompt.format.kind === 'text') return plainText(prompt);
  if (prompt.format.kind === 'json_schema') return JSON.stringify(valueForSchema(prompt.format.schema));
  return JSON.stringify({ answer: plainText(prompt) });
}

function untilStop(text: string, stop: readonly string[]): string {
  const cuts = stop.filter((word) => word !== '').map((word) => text.indexOf(word));
  return text.slice(0, Math.min(text.length, ...cuts.filter((at) => at >= 0)));
}

function generatedCall(tool: ToolSpec, input: string, prompt: Prompt, tokenizer: Tokenizer): GeneratedCall {
  return { kind: tool.kind, name: tool.name, input, pieces: tokenizer.pieces(input, prompt.model.encoding) };
}

function callInput(tool: ToolSpec, prompt: Prompt): string {
  return tool.kind === 'custom'
    ? defaultAnswer(prompt.asked, prompt.instructions)
    : JSON.stringify(valueForSchema(tool.parameters ?? {}));
}

function scriptedCalls(prompt: Prompt, tokenizer: Tokenizer): readonly GeneratedCall[] {
  return (prompt.scripted?.toolCalls ?? []).map((call) => {
    const input = typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments);
    const known = prompt.tools.find((tool) => tool.name === call.name);
    return generatedCall(
      known ?? { kind: 'function', name: call.name, parameters: undefined },
      input,
      prompt,
      tokenizer,
    );
  });
}

interface Content {
  readonly text: string | undefined;
  readonly refusal: string | undefined;
  readonly pieces: readonly string[];
  readonly calls: readonly GeneratedCall[];
}

function scriptedContent(prompt: Prompt, tokenizer: Tokenizer): Content | undefined {
  const script = prompt.scripted;
  const text = script?.text ?? script?.chunks?.join('');
  const calls = scriptedCalls(prompt, tokenizer);
  if (script?.refusal === undefined && text === undefined && calls.length === 0) return undefined;
  const pieces = tokenizer.pieces(script?.refusal ?? text ?? '', prompt.model.encoding);
  return {
    text: script?.refusal === undefined ? text : undefined,
    refusal: script?.refusal,
    pieces: script?.refusal === undefined ? (script?.chunks ?? pieces) : pieces,
    calls,
  };
}

function ownContent(prompt: Prompt, tokenizer: Tokenizer): Content {
  const calls = toolsToCall(prompt).map((tool) => generatedCall(tool, callInput(tool, prompt), prompt, tokenizer));
  if (calls.length > 0) return { text: undefined, refusal: undefined, pieces: [], calls };
  const text = untilStop(answerText(prompt), prompt.stop);
  return { text, refusal: undefined, pieces: tokenizer.pieces(text, prompt.model.encoding), calls: [] };
}

/** What fits into `room` tokens; the last call may be cut in the middle of its arguments. */
function shortened(content: Content, room: number): Content {
  if (room <= 0) return { text: undefined, refusal: undefined, pieces: [], calls: [] };
  const pieces = content.pieces.slice(0, room);
  let left = room - pieces.length;
  const calls: GeneratedCall[] = [];
  for (const call of content.calls) {
    if (left <= 0) break;
    const kept = call.pieces.slice(0, left);
    calls.push({ ...call, pieces: kept, input: kept.join('') });
    left -= kept.length;
  }
  return { ...content, text: content.text === undefined ? undefined : pieces.join(''), pieces, calls };
}

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
  return prompt.model.reasoning ? (REASONING_TOKENS[prompt.effort ?? 'medium'] ?? 128) : 0;
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
