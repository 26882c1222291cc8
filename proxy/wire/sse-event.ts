/** Reading and writing one server-sent event whose bytes are at hand. */
const LF = 10;
const CR = 13;
const SPACE = 32;
const COLON = 58;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const DATA = Buffer.from('data');

export interface SseEvent {
  readonly event?: string;
  /** All `data` lines joined with LF; empty when there is none, and then the event means nothing. */
  readonly data: string;
  readonly id?: string;
}

/** Offsets of the value of one `data` line. */
export interface DataRange {
  readonly start: number;
  readonly end: number;
}

/** Reads an event's fields. Comments and unknown fields are skipped, a BOM at the front too. */
export function parseEvent(bytes: Buffer): SseEvent {
  const data: string[] = [];
  let event: string | undefined;
  let id: string | undefined;
  const from = startsWithBom(bytes) ? BOM.length : 0;
  for (const line of bytes.toString('utf8', from).split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(':');
    if (colon === 0) continue;
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'data') data.push(value);
    else if (name === 'event') event = value;
    else if (name === 'id') id = value;
  }
  return { ...(event ? { event } : {}), data: data.join('\n'), ...(id === undefined ? {} : { id }) };
}

/** Where the payload lies, without decoding it; undefined when the event has no `data` line or more than one. */
export function dataRange(bytes: Buffer): DataRange | undefined {
  const ranges = dataRanges(bytes);
  return ranges.length === 1 ? ranges[0] : undefined;
}

/** Where the value of each `data` line lies. */
export function dataRanges(bytes: Buffer): DataRange[] {
  const ranges: DataRange[] = [];
  let at = startsWithBom(bytes) ? BOM.length : 0;
  while (at < bytes.length) {
    const end = lineEnd(bytes, at);
    if (isDataLine(bytes, at)) ranges.push({ start: valueStart(bytes, at, end), end });
    at = end + (bytes[end] === CR && bytes[end + 1] === LF ? 2 : 1);
  }
  return ranges;
}

/** The payload's bytes: a slice for one `data` line, a copy joined with LF for several, undefined for none. */
export function dataBytes(bytes: Buffer): Buffer | undefined {
  const range = dataRange(bytes);
  if (range !== undefined) return bytes.subarray(range.start, range.end);
  const { data } = parseEvent(bytes);
  return data === '' ? undefined : Buffer.from(data);
}

/** Writes an event. Line ends in `data` become several `data` lines. */
export function encodeEvent(event: { event?: string; data: string; id?: string }): Buffer {
  let text = event.event === undefined ? '' : `event: ${event.event}\n`;
  if (event.id !== undefined) text += `id: ${event.id}\n`;
  text += /[\r\n]/.test(event.data)
    ? event.data
        .split(/\r\n|\n|\r/)
        .map(dataLine)
        .join('')
    : dataLine(event.data);
  return Buffer.from(`${text}\n`);
}

function dataLine(line: string): string {
  return `data: ${line}\n`;
}

/** The event with another payload; its other lines stay as they are. */
export function replaceData(event: Buffer, payload: Buffer): Buffer {
  const range = dataRange(event);
  if (range !== undefined) {
    return Buffer.concat([event.subarray(0, range.start), payload, event.subarray(range.end)]);
  }
  const { data: _, ...fields } = parseEvent(event);
  return encodeEvent({ ...fields, data: payload.toString() });
}

function startsWithBom(bytes: Buffer): boolean {
  return bytes[0] === BOM[0] && bytes[1] === BOM[1] && bytes[2] === BOM[2];
}

function lineEnd(bytes: Buffer, from: number): number {
  const lf = bytes.indexOf(LF, from);
  const end = lf === -1 ? bytes.length : lf;
  if (end > from && bytes[end - 1] === CR && bytes.indexOf(CR, from) === end - 1) return end - 1;
  const cr = bytes.subarray(from, end).indexOf(CR);
  return cr === -1 ? end : from + cr;
}

function isDataLine(bytes: Buffer, at: number): boolean {
  if (bytes[at] !== DATA[0] || bytes[at + 1] !== DATA[1] || bytes[at + 2] !== DATA[2] || bytes[at + 3] !== DATA[3]) {
    return false;
  }
  const next = bytes[at + 4];
  return next === COLON || next === LF || next === CR || next === undefined;
}

function valueStart(bytes: Buffer, at: number, end: number): number {
  const start = at + 5 + (bytes[at + 5] === SPACE ? 1 : 0);
  return Math.min(start, end);
}
