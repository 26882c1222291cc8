/**
 * Recognising the events that streams consist of almost wholly, without parsing them: one pass of a regular expression
 * costs a quarter of JSON.parse. Each pattern accepts valid JSON only, so what matches needs no further check; what does
 * not match is parsed. Patterns run over latin1 text, where a byte of 0x80 and above is just a character of a string.
 */
const STRING = String.raw`"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[^"\\\x00-\x1f]*)*"`;
const SCALAR = String.raw`(?:${STRING}|-?(?:0|[1-9]\d*)|null|true|false|\[\])`;
const MEMBER = String.raw`"(?!error"|choices")\w+":${SCALAR}`;

const TOOL_ARGUMENTS = String.raw`"tool_calls":\[\{"index":\d+,"function":\{"arguments":${STRING}\}\}\]`;
const DELTA_CHOICE = String.raw`"index":(?<index>\d{1,9}),"delta":\{(?<delta>${MEMBER}|${TOOL_ARGUMENTS})\}`;
const TEXT_CHOICE = String.raw`"text":(?<text>${STRING}),"index":(?<textIndex>\d{1,9})`;
const CHOICE = String.raw`\{(?:${DELTA_CHOICE}|${TEXT_CHOICE})(?:,"logprobs":null)?,"finish_reason":null\}`;
const CHUNK = new RegExp(
  String.raw`^data: ?\{"id":"(?<id>[\w.:-]*)"(?:,${MEMBER})*,"choices":\[${CHOICE}\](?:,${MEMBER})*\}\s*$`,
);

const FLAT = new RegExp(
  String.raw`^(?:event: ?(?<name>\S+)\r?\n)?data: ?\{"type":"(?<type>[\w.]+)"(?:,${MEMBER})*\}\s*$`,
);

/** Longer events are parsed: the expression's memory grows with the escapes of a string. */
const MAX_PLAIN_BYTES = 4096;

export interface PlainChunk {
  readonly id: string;
  readonly index: number;
  /** Whether it carries text or arguments that are not empty. */
  readonly content: boolean;
}

/** A chunk of chat or legacy completions with one choice, one string in it, no finish_reason, no usage and no error. */
export function readPlainChunk(event: Buffer): PlainChunk | undefined {
  if (event.length > MAX_PLAIN_BYTES) return undefined;
  const groups = CHUNK.exec(event.toString('latin1'))?.groups;
  if (groups === undefined) return undefined;
  const { id = '', index, delta, text, textIndex } = groups;
  if (delta === undefined) return { id, index: Number(textIndex), content: text !== '""' };
  return { id, index: Number(index), content: /^"(?!role")\w+":(?:"[^"]|\[\{)/.test(delta) };
}

/** The type of a Responses event whose payload holds no nested object: deltas, part counters, tool progress. */
export function readFlatEvent(event: Buffer): string | undefined {
  if (event.length > MAX_PLAIN_BYTES) return undefined;
  const groups = FLAT.exec(event.toString('latin1'))?.groups;
  if (groups === undefined) return undefined;
  return groups['name'] === undefined || groups['name'] === groups['type'] ? groups['type'] : undefined;
}
