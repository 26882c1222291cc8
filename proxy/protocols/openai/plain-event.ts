import { MAX_PLAIN_BYTES, SCALAR, STRING } from '../plain-json.ts';

const MEMBER = String.raw`"(?!error"|choices")\w+":${SCALAR}`;

const INDEX = String.raw`(?:0|[1-9]\d{0,8})`;
const TOOL_ARGUMENTS = String.raw`"tool_calls":\[\{"index":${INDEX},"function":\{"arguments":${STRING}\}\}\]`;
const DELTA_CHOICE = String.raw`"index":(${INDEX}),"delta":\{(${MEMBER}|${TOOL_ARGUMENTS})\}`;
const TEXT_CHOICE = String.raw`"text":(${STRING}),"index":(${INDEX})`;
const CHOICE = String.raw`\{(?:${DELTA_CHOICE}|${TEXT_CHOICE})(?:,"logprobs":null)?,"finish_reason":null\}`;
/** Captures: id, then index and delta, or text and index. Numbers, because an object of names costs as much as the match. */
const CHUNK = new RegExp(
  String.raw`^data: ?\{"id":"([\w.:-]*)"(?:,${MEMBER})*,"choices":\[${CHOICE}\](?:,${MEMBER})*\}\s*$`,
);

/** Captures: name, type. */
const FLAT = new RegExp(String.raw`^(?:event: ?(\S+)\r?\n)?data: ?\{"type":"([\w.]+)"(?:,${MEMBER})*\}\s*$`);

const QUOTE = 34;
const OPEN_BRACKET = 91;
const OPEN_BRACE = 123;

export interface PlainChunk {
  readonly id: string;
  readonly index: number;
  /** Whether it carries text or arguments that are not empty. */
  readonly content: boolean;
  /** Whether that is part of the answer itself, and no reasoning. */
  readonly answers: boolean;
}

/** A chunk of chat or legacy completions with one choice, one string in it, no finish_reason, no usage and no error. */
export function readPlainChunk(event: Buffer): PlainChunk | undefined {
  if (event.length > MAX_PLAIN_BYTES) return undefined;
  const match = CHUNK.exec(event.toString('latin1'));
  if (match === null) return undefined;
  const [, id = '', index, delta, text, textIndex] = match;
  if (delta === undefined) return { id, index: Number(textIndex), content: text !== '""', answers: text !== '""' };
  const content = hasContent(delta);
  return { id, index: Number(index), content, answers: content && !REASONING.test(delta) };
}

/** As `NO_ANSWER` has it for members that were parsed. */
const REASONING = /^"(?:role"|reasoning|thinking|annotations"|token_ids")/;

/** Whether the one member is not the role and holds a string that is not empty, or tool calls. */
function hasContent(delta: string): boolean {
  if (delta.startsWith('"role"')) return false;
  const value = delta.indexOf('":') + 2;
  const first = delta.charCodeAt(value);
  const second = delta.charCodeAt(value + 1);
  return first === QUOTE ? second !== QUOTE : first === OPEN_BRACKET && second === OPEN_BRACE;
}

/** The type of a Responses event whose payload holds no nested object: deltas, part counters, tool progress. */
export function readFlatEvent(event: Buffer): string | undefined {
  if (event.length > MAX_PLAIN_BYTES) return undefined;
  const match = FLAT.exec(event.toString('latin1'));
  if (match === null) return undefined;
  const [, name, type] = match;
  return name === undefined || name === type ? type : undefined;
}
