import type { Generation } from '../../generation/generate.ts';
import type { Prompt } from '../../generation/prompt.ts';
import { json, quote } from '../json.ts';
import type { DialectContext } from '../reply.ts';
import type { Body } from '../validate.ts';
import { citationsFor, wantsCitations } from './citations.ts';
import { idAfter } from './ids.ts';
import type { ServerRun } from './server-tools.ts';
import { redactedData, signatureOf, signingAt } from './signature.ts';
import type { Thinking } from './thinking.ts';
import { isRedacted } from './thinking.ts';

/** One block of an answer. */
export type Block =
  | { readonly kind: 'thinking'; readonly text: string; readonly pieces: readonly string[]; readonly signature: string }
  /** It comes whole in a stream too. */
  | { readonly kind: 'whole'; readonly json: string }
  | {
      readonly kind: 'text';
      readonly text: string;
      readonly pieces: readonly string[];
      /** Compact JSON of each; undefined where the block has no such member. */
      readonly citations?: readonly string[] | undefined;
    }
  | {
      readonly kind: 'call';
      readonly type: 'tool_use' | 'server_tool_use';
      readonly id: string;
      readonly name: string;
      /** JSON text. */
      readonly input: string;
    };

const MOST_QUOTED = 120;

/** The thinking of an answer that no script gives. */
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

export interface BlockParts {
  readonly body: Body;
  readonly prompt: Prompt;
  readonly thinking: Thinking;
  readonly deltaCharacters: number;
  /** Uses of the provider's own tools. */
  readonly runs: readonly ServerRun[];
  readonly context: DialectContext;
}

function thinkingBlock(answer: Generation, parts: BlockParts): readonly Block[] {
  const { prompt, thinking, deltaCharacters, context } = parts;
  const scripted = prompt.scripted?.reasoning;
  if (scripted === undefined && (thinking.effort === undefined || answer.reasoningTokens === 0)) return [];
  const signing = signingAt(prompt.model.snapshot, 0, context);
  if (isRedacted(prompt.turns)) {
    const data = redactedData(signing, context.random.hex(32));
    return [{ kind: 'whole', json: `{"type":"redacted_thinking","data":"${data}"}` }];
  }
  const text = thinking.omitted ? '' : (scripted ?? thoughtOf(prompt));
  const pieces = grouped(context.tokenizer.pieces(text, prompt.model.encoding), deltaCharacters * 2);
  return [{ kind: 'thinking', text, pieces, signature: signatureOf(signing, text) }];
}

export const CALLER = '"caller":{"type":"direct"}';

function serverBlocks({ name, input, resultType, content }: ServerRun, context: DialectContext): readonly Block[] {
  const id = idAfter('srvtoolu_01', context);
  const caller = resultType === 'web_search_tool_result' ? `,${CALLER}` : '';
  return [
    { kind: 'call', type: 'server_tool_use', id, name, input: json(input) },
    { kind: 'whole', json: `{"type":"${resultType}","tool_use_id":"${id}","content":${json(content)}${caller}}` },
  ];
}

/** A cited answer is cut in two: its first sentence is cited, the rest is plain. */
function citedBlocks(text: string, cited: readonly Body[], parts: BlockParts): readonly Block[] {
  const end = text.search(/(?<=[.!?])\s/);
  const [first, rest] = end === -1 ? [text, ''] : [text.slice(0, end), text.slice(end)];
  const piecesOf = (part: string): readonly string[] =>
    grouped(parts.context.tokenizer.pieces(part, parts.prompt.model.encoding), parts.deltaCharacters);
  const block = (part: string, citations: readonly Body[] | undefined): Block => {
    return { kind: 'text', text: part, pieces: piecesOf(part), citations: citations?.map(json) };
  };
  return rest === '' ? [block(first, cited)] : [block(first, cited), block(rest, undefined)];
}

function textBlocks({ text, pieces }: Generation, parts: BlockParts): readonly Block[] {
  const { body, prompt, deltaCharacters, runs } = parts;
  if (text === undefined || text === '') return [];
  const exact = prompt.scripted?.chunks !== undefined;
  const found = runs.flatMap(({ citation }) => (citation === undefined ? [] : [citation(text)]));
  const cited = exact ? [] : [...found, ...(wantsCitations(body) ? citationsFor(body, text) : [])];
  if (cited.length > 0) return citedBlocks(text, cited, parts);
  return [{ kind: 'text', text, pieces: exact ? pieces : grouped(pieces, deltaCharacters) }];
}

/** The content of an answer. A refusal has none. */
export function blocksFor(answer: Generation, parts: BlockParts): readonly Block[] {
  if (answer.refusal !== undefined) return [];
  const calls = answer.calls.map(({ name, input }): Block => ({
    kind: 'call',
    type: 'tool_use',
    id: idAfter('toolu_01', parts.context),
    name,
    input,
  }));
  const served = parts.runs.flatMap((run) => serverBlocks(run, parts.context));
  return [...thinkingBlock(answer, parts), ...served, ...textBlocks(answer, parts), ...calls];
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

/** Compact JSON of a block as it stands in a whole message. */
export function blockJson(block: Block): string {
  switch (block.kind) {
    case 'thinking':
      return `{"type":"thinking","thinking":${quote(block.text)},"signature":"${block.signature}"}`;
    case 'whole':
      return block.json;
    case 'text':
      return `{${citationsPart(block.citations)}"type":"text","text":${quote(block.text)}}`;
    default:
      return `{"type":"${block.type}","id":"${block.id}","name":${json(block.name)},"input":${inputJson(block.input)},${CALLER}}`;
  }
}

function citationsPart(citations: readonly string[] | undefined): string {
  return citations === undefined ? '' : `"citations":[${citations.join(',')}],`;
}
