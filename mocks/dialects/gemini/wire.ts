import { json, pretty } from '../json.ts';
import type { StreamEvent } from '../reply.ts';

/** Where the JSON string that begins at `start` ends. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 92) at += 1;
    else if (code === 34) return at;
  }
  return text.length - 1;
}

/** Compact JSON text as events carry it: a space after each colon, none after commas. */
export function spaced(compact: string): string {
  let out = '';
  let copied = 0;
  for (let at = 0; at < compact.length; at += 1) {
    const code = compact.charCodeAt(at);
    if (code === 34) at = endOfString(compact, at);
    else if (code === 58) {
      out += `${compact.slice(copied, at)}: `;
      copied = at + 1;
    }
  }
  return out + compact.slice(copied);
}

/** A body that is not streamed: indented by two, with a line break at its end. */
export function document(compact: string): string {
  return `${pretty(compact)}\n`;
}

/** A chunk of an answer before it has the form of a stream: compact JSON of a whole answer object. */
export interface Chunk {
  readonly body: string;
  readonly tokens: number;
  readonly kind: StreamEvent['kind'];
}

export type StreamForm = 'sse' | 'array';

function* sseEvents(chunks: Iterable<Chunk>): Generator<StreamEvent> {
  for (const { body, tokens, kind } of chunks) yield { bytes: `data: ${spaced(body)}\r\n\r\n`, tokens, kind };
}

function* arrayEvents(chunks: Iterable<Chunk>): Generator<StreamEvent> {
  let before = '[';
  for (const { body, tokens, kind } of chunks) {
    yield { bytes: `${before}${pretty(body)}`, tokens, kind };
    before = '\n,\r\n';
  }
  yield { bytes: before === '[' ? '[]' : '\n]', tokens: 0, kind: 'close' };
}

/** The chunks as server-sent events with CRLF, or as the elements of a JSON array. Each is made when it is asked for. */
export function streamEvents(chunks: () => Iterable<Chunk>, form: StreamForm): Iterable<StreamEvent> {
  const events = form === 'sse' ? sseEvents : arrayEvents;
  return { [Symbol.iterator]: () => events(chunks()) };
}

/** Members of an object in this order; those without a value are left out, as proto JSON leaves out what is not set. */
export function members(fields: Readonly<Record<string, string | undefined>>): string {
  const shown = Object.entries(fields).filter(([, text]) => text !== undefined);
  return `{${shown.map(([name, text]) => `"${name}":${text}`).join(',')}}`;
}

/** JSON of a number, undefined for 0 and for none. */
export function counted(value: number | undefined): string | undefined {
  return value === undefined || value === 0 ? undefined : json(value);
}
