import { readFileSync } from 'node:fs';

/** Name and value as they stood on the wire, in their order; names keep their case. */
export type HeaderLines = readonly (readonly [name: string, value: string])[];

/** Text where the bytes are UTF-8, else base64. */
export type RecordedBytes = string | { readonly base64: string };

/** The first line of a cassette. */
export interface CassetteHead {
  /** Version of the format. */
  readonly cassette: 1;
  /** Origin that answered. */
  readonly target: string;
  /** Fields of JSON bodies that do not count when requests are compared: `metadata`, `messages.*.name`. */
  readonly ignore: readonly string[];
}

/** One request and its answer: a line of a cassette. Times are milliseconds. */
export interface Recording {
  readonly request: {
    readonly method: string;
    /** With the query. */
    readonly url: string;
    readonly headers: HeaderLines;
    readonly body: RecordedBytes;
  };
  readonly answer: {
    readonly status: number;
    readonly headers: HeaderLines;
    /** From the end of the request to the head. */
    readonly headMs: number;
    /** Every read of the body: when it came, counted from the head, and its bytes. */
    readonly reads: readonly (readonly [atMs: number, bytes: RecordedBytes])[];
    /** The connection ended before the answer did. */
    readonly broken: boolean;
    /** The body came compressed with this, and was unpacked so that it can be read and scrubbed. */
    readonly unpacked?: string;
  };
}

export interface Cassette {
  readonly head: CassetteHead;
  readonly recordings: readonly Recording[];
}

/** A cassette that cannot be played; the message has file, line and reason. */
export class CassetteRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CassetteRefused';
  }
}

export function toRecorded(bytes: Buffer): RecordedBytes {
  const text = bytes.toString();
  return Buffer.from(text).equals(bytes) ? text : { base64: bytes.toString('base64') };
}

export function toBytes(recorded: RecordedBytes): Buffer {
  return typeof recorded === 'string' ? Buffer.from(recorded) : Buffer.from(recorded.base64, 'base64');
}

function parsed(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CassetteRefused(`${place}: expected JSON, found ${error instanceof Error ? error.message : 'none'}`);
  }
}

function isHead(value: unknown): value is CassetteHead {
  if (typeof value !== 'object' || value === null || !('cassette' in value) || value.cassette !== 1) return false;
  return 'target' in value && typeof value.target === 'string' && 'ignore' in value && Array.isArray(value.ignore);
}

function isRecording(value: unknown): value is Recording {
  const { request, answer } = (value ?? {}) as Partial<Recording>;
  return typeof request?.method === 'string' && typeof answer?.status === 'number' && Array.isArray(answer.reads);
}

/** Reads a cassette: JSON lines, the head first. Throws {@link CassetteRefused}. */
export function parseCassette(text: string, file: string): Cassette {
  const [first = '', ...others] = text.split('\n');
  const head = parsed(first, `${file}:1`);
  if (!isHead(head)) throw new CassetteRefused(`${file}:1: expected {"cassette": 1, "target", "ignore"}`);
  const recordings = others.flatMap((line, index) => {
    if (line.trim() === '') return [];
    const place = `${file}:${index + 2}`;
    const recording = parsed(line, place);
    if (!isRecording(recording)) throw new CassetteRefused(`${place}: expected {"request", "answer"}`);
    return [recording];
  });
  return { head, recordings };
}

export function readCassette(file: string): Cassette {
  return parseCassette(readFileSync(file, 'utf8'), file);
}
