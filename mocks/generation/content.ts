import { forcedPieces, withoutTokens } from './logit-bias.ts';
import type { Prompt, ToolSpec } from './prompt.ts';
import { objectAnswer, schemaAnswer, spokenJson } from './structured.ts';
import { answerToToolResults } from './text.ts';
import { conversationOf } from './question/conversation.ts';
import { codeStep } from './replies/code-agent.ts';
import { reactStep } from './replies/react-agent.ts';
import { replyTo } from './replies/reply.ts';
import type { Tokenizer } from './tokenizer.ts';
import { plannedCalls } from './tools/plan.ts';

export interface GeneratedCall {
  readonly kind: 'function' | 'custom';
  readonly name: string;
  /** JSON text for functions, free text for custom tools. */
  readonly input: string;
  readonly pieces: readonly string[];
}

/** Text or refusal, and calls, with their deltas. */
export interface Content {
  readonly text: string | undefined;
  readonly refusal: string | undefined;
  readonly pieces: readonly string[];
  readonly calls: readonly GeneratedCall[];
  /** Hosted tools that are used before the text. */
  readonly hosted: readonly ToolSpec[];
  /** The word of `stop` that ended the text, if one did. */
  readonly stopWord?: string | undefined;
}

const NOTHING: Content = { text: undefined, refusal: undefined, pieces: [], calls: [], hosted: [] };

function plainText(prompt: Prompt): string {
  const talk = conversationOf(prompt);
  const text = talk.answered ? answerToToolResults(talk.latest) : replyTo(prompt);
  return prompt.tag === undefined ? text : `${text} [${prompt.tag}]`;
}

function answerText(prompt: Prompt): string {
  const plain = (): string => plainText(prompt);
  switch (prompt.format.kind) {
    case 'json_schema':
      return schemaAnswer(prompt.format.schema, prompt, plain);
    case 'json_object':
      return objectAnswer(prompt, plain);
    default:
      return codeStep(prompt, plainText) ?? reactStep(prompt, plainText) ?? spokenJson(prompt, plain) ?? plain();
  }
}

interface Stopped {
  readonly text: string;
  readonly stopWord: string | undefined;
}

function untilStop(text: string, stop: readonly string[]): Stopped {
  let first: Stopped = { text, stopWord: undefined };
  for (const word of stop) {
    const at = word === '' ? -1 : text.indexOf(word);
    if (at >= 0 && at < first.text.length) first = { text: text.slice(0, at), stopWord: word };
  }
  return first;
}

function generatedCall(tool: ToolSpec, input: string, prompt: Prompt, tokenizer: Tokenizer): GeneratedCall {
  return {
    kind: tool.kind === 'custom' ? 'custom' : 'function',
    name: tool.name,
    input,
    pieces: tokenizer.pieces(input, prompt.model.encoding),
  };
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

/** What a script says; undefined when it leaves the content to the default. */
export function scriptedContent(prompt: Prompt, tokenizer: Tokenizer): Content | undefined {
  const { refusal, chunks, text = chunks?.join('') } = prompt.scripted ?? {};
  const calls = scriptedCalls(prompt, tokenizer);
  const pieces = (words: string): readonly string[] => tokenizer.pieces(words, prompt.model.encoding);
  if (refusal !== undefined) return { ...NOTHING, refusal, pieces: pieces(refusal), calls };
  if (text === undefined && calls.length === 0) return prompt.scripted?.items ? NOTHING : undefined;
  return { ...NOTHING, text, pieces: chunks ?? pieces(text ?? ''), calls };
}

/** What a tool that looks things up found for the question. */
function foundText(prompt: Prompt, hosted: readonly ToolSpec[]): string | undefined {
  for (const tool of hosted) {
    const found = tool.hosted?.finds?.(prompt.asked);
    if (found !== undefined) return prompt.tag === undefined ? found : `${found} [${prompt.tag}]`;
  }
  return undefined;
}

/** What is made of the prompt alone. */
export function ownContent(prompt: Prompt, tokenizer: Tokenizer): Content {
  const planned = plannedCalls(prompt, () => plainText(prompt));
  const hosted = planned.map(({ tool }) => tool).filter(({ kind }) => kind === 'hosted');
  const calls = planned
    .filter(({ tool }) => tool.kind !== 'hosted')
    .map(({ tool, input }) => generatedCall(tool, input, prompt, tokenizer));
  if (calls.length > 0 || hosted.some((tool) => tool.hosted?.byClient)) return { ...NOTHING, calls, hosted };
  const { encoding } = prompt.model;
  const biased = prompt.bias && prompt.format.kind === 'text' ? prompt.bias : undefined;
  if (biased && biased.forced.length > 0) {
    const pieces = forcedPieces(biased, prompt, tokenizer);
    return { ...NOTHING, text: pieces.join(''), pieces, hosted };
  }
  const natural = (prompt.format.kind === 'text' ? foundText(prompt, hosted) : undefined) ?? answerText(prompt);
  const spoken = biased ? withoutTokens(natural, biased.banned, encoding, tokenizer) : natural;
  const { text, stopWord } = untilStop(spoken, prompt.stop);
  return { ...NOTHING, text, pieces: tokenizer.pieces(text, encoding), hosted, stopWord };
}

/** What fits into `room` tokens; the last call may be cut in the middle of its arguments. */
export function shortened(content: Content, room: number): Content {
  if (room <= 0) return NOTHING;
  const pieces = content.pieces.slice(0, room);
  let left = room - pieces.length;
  const calls: GeneratedCall[] = [];
  for (const call of content.calls) {
    if (left <= 0) break;
    const kept = call.pieces.slice(0, left);
    calls.push({ ...call, pieces: kept, input: kept.join('') });
    left -= kept.length;
  }
  const text = content.text === undefined ? undefined : pieces.join('');
  return { ...content, text, pieces, calls, stopWord: undefined };
}
