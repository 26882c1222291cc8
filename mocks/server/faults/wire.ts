import { STATUS_CODES } from '../node-http.ts';
import type { Delivery, Head, WireEnding, WireStep } from '../delivery.ts';

/** Bytes of the body that are written in one go. */
export interface Piece {
  readonly bytes: Buffer;
  /** Events that end in it. */
  readonly events: number;
}

export const NO_STEPS: readonly WireStep[] = [];
const LAST_CHUNK = Buffer.from('0\r\n\r\n');
const FRAMING = new Set(['content-length', 'transfer-encoding', 'connection']);

/** A step that is no part of the body. */
export function framing(bytes: string | Buffer): WireStep {
  return { send: typeof bytes === 'string' ? Buffer.from(bytes) : bytes, bodyBytes: 0, events: 0 };
}

export function bodyStep({ bytes, events }: Piece): WireStep {
  return { send: bytes, bodyBytes: bytes.length, events };
}

/** The head without anything that frames the body, then `lines` (`name: value`). */
export function headBytes({ status, headers }: Head, lines: readonly string[]): Buffer {
  const kept = headers.filter(([name]) => !FRAMING.has(name.toLowerCase()));
  const all = [...kept.map(([name, value]) => `${name}: ${value}`), ...lines];
  return Buffer.from(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n${all.join('\r\n')}\r\n\r\n`,
    'latin1',
  );
}

type Body = Pick<Delivery, 'events' | 'encoding'>;

/** A piece an event. */
export function* pieces({ events, encoding }: Body): Generator<Piece> {
  for (const { bytes } of events) yield { bytes: Buffer.from(bytes, encoding), events: 1 };
}

export function wholeBody(body: Body): Piece {
  const all = [...pieces(body)];
  return { bytes: Buffer.concat(all.map(({ bytes }) => bytes)), events: all.length };
}

export function chunk({ bytes, events }: Piece, extension = ''): WireStep {
  const send = Buffer.concat([Buffer.from(`${bytes.length.toString(16)}${extension}\r\n`), bytes, Buffer.from('\r\n')]);
  return { send, bodyBytes: bytes.length, events };
}

export interface ChunkedOptions {
  /** Before each piece. */
  readonly waitMs?: number;
  readonly extension?: string;
  /** Default `connection: close`. */
  readonly lines?: readonly string[];
  /** What closes the body; default the last chunk. */
  readonly last?: Buffer;
}

/** Head and body in chunks, a piece each. */
export function* chunked(head: Head, body: Iterable<Piece>, options: ChunkedOptions = {}): Generator<WireStep> {
  const { waitMs = 0, extension, lines = ['connection: close'], last = LAST_CHUNK } = options;
  yield framing(headBytes(head, ['transfer-encoding: chunked', ...lines]));
  for (const piece of body) {
    if (waitMs > 0) yield { waitMs };
    if (piece.bytes.length > 0) yield chunk(piece, extension);
  }
  if (last.length > 0) yield framing(last);
}

export function onWire(delivery: Delivery, steps: Iterable<WireStep>, ending: WireEnding = 'fin'): Delivery {
  return { ...delivery, wire: { steps, ending } };
}

/** No head, no body: only what becomes of the connection. */
export function silent(ending: WireEnding): Delivery {
  return { delayMs: 0, head: undefined, events: [], ending: 'hang', wire: { steps: NO_STEPS, ending } };
}
