import type { Generation } from '../../generation/generate.ts';
import type { Prompt } from '../../generation/prompt.ts';
import { json, quote } from '../json.ts';
import type { DialectContext } from '../reply.ts';
import { idAfter } from './ids.ts';
import { redactedData, signatureOf, signingAt } from './signature.ts';
import type { Thinking } from './thinking.ts';
import { isRedacted } from './thinking.ts';

/** One block of an answer. */
export type Block =
  | { readonly kind: 'thinking'; readonly text: string; readonly pieces: readonly string[]; readonly signature: string }
  | { readonly kind: 'redacted'; readonly data: string }
  | { readonly kind: 'text'; readonly text: string; readonly pieces: readonly string[] }
  | {
      readonly kind: 'call';
      readonly id: string;
      readonly name: string;
      /** JSON text. */
      readonly input: string;
    };

const MOST_QUOTED = 120;

/** The thinking of an answer that nobody scripted. */
function thoughtOf({ asked }: Prompt): string {
  const shown = asked.length > MOST_QUOTED ? `${asked.slice(0, MOST_QUOTED).toWellFormed()}…` : asked;
  return `The user says: "${shown}". I should work out what is wanted and answer briefly.`;
}

/** Pieces of about so many characters, of those that a tokenizer made; the first comes as soon as there is one. */
export function grouped(pieces: readonly string[], characters: number): readonly string[] {
  const groups: string[] = [];
  let open = '';
  for (const piece of pieces) {
    open += piece;
    if (open.length < characters && groups.length > 0) continue;
    groups.push(open);
    open = '';
  }
  return open === '' ? groups : [...groups, open];
}

interface BlockParts {
  readonly prompt: Prompt;
  readonly thinking: Thinking;
  readonly deltaCharacters: number;
  readonly context: DialectContext;
}

function thinkingBlock(answer: Generation, parts: BlockParts): readonly Block[] {
  const { prompt, thinking, deltaCharacters, context } = parts;
  const scripted = prompt.scripted?.reasoning;
  if (scripted === undefined && (thinking.effort === undefined || answer.reasoningTokens === 0)) return [];
  const signing = signingAt(prompt.model.snapshot, 0, context);
  if (isRedacted(prompt.turns)) return [{ kind: 'redacted', data: redactedData(signing, context.random.hex(32)) }];
  const text = thinking.omitted ? '' : (scripted ?? thoughtOf(prompt));
  const pieces = grouped(context.tokenizer.pieces(text, prompt.model.encoding), deltaCharacters * 2);
  return [{ kind: 'thinking', text, pieces, signature: signatureOf(signing, text) }];
}

function textBlock({ text, pieces }: Generation, { prompt, deltaCharacters }: BlockParts): readonly Block[] {
  if (text === undefined || text === '') return [];
  const exact = prompt.scripted?.chunks !== undefined;
  return [{ kind: 'text', text, pieces: exact ? pieces : grouped(pieces, deltaCharacters) }];
}

/** The content of an answer. A refusal has none. */
export function blocksFor(answer: Generation, parts: BlockParts): readonly Block[] {
  if (answer.refusal !== undefined) return [];
  const calls = answer.calls.map(({ name, input }): Block => ({
    kind: 'call',
    id: idAfter('toolu_01', parts.context),
    name,
    input,
  }));
  return [...thinkingBlock(answer, parts), ...textBlock(answer, parts), ...calls];
}

/** Arguments as they stand in a whole message: an object, also where the text was cut off or is none. */
export function inputJson(text: string): string {
  try {
    const value: unknown = JSON.parse(text === '' ? '{}' : text);
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : '{}';
  } catch {
    return '{}';
  }
}

export const CALLER = '"caller":{"type":"direct"}';

/** Compact JSON of a block as it stands in a whole message. */
export function blockJson(block: Block): string {
  switch (block.kind) {
    case 'thinking':
      return `{"type":"thinking","thinking":${quote(block.text)},"signature":"${block.signature}"}`;
    case 'redacted':
      return `{"type":"redacted_thinking","data":"${block.data}"}`;
    case 'text':
      return `{"type":"text","text":${quote(block.text)}}`;
    default:
      return `{"type":"tool_use","id":"${block.id}","name":${json(block.name)},"input":${inputJson(block.input)},${CALLER}}`;
  }
}
