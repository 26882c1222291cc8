import type { FlatHeaders } from '../wire/http.ts';

/** What is text: other bodies are counted and no more. */
const TEXT = /json|^text\/|event-stream/i;

/** One body of an exchange: its first bytes, as the parts that came, and how many it has. */
export class NotedBody {
  /** Of the whole body. */
  bytes = 0;
  /** Whether it is text; false where its media type says otherwise. */
  isText = true;
  readonly parts: Buffer[] = [];
  readonly #most: number;
  #kept = 0;

  /** `most`: bytes that are kept. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Headers that say what the body is. */
  is(type: string | undefined, encoding?: string): void {
    this.isText = (type === undefined || TEXT.test(type)) && (encoding === undefined || encoding === 'identity');
  }

  take(part: Buffer): void {
    this.bytes += part.length;
    const room = this.#most - this.#kept;
    if (!this.isText || room <= 0) return;
    this.#kept += Math.min(room, part.length);
    this.parts.push(part.length > room ? part.subarray(0, room) : part);
  }
}

/** What a client was sent, and what it sent, noted because an observer asked for it when the request came. */
export class NotedAnswer {
  /** Of the answer; undefined until it begins, and where the answer is passed on as a connection. */
  headers: FlatHeaders | undefined;
  /** Present where bodies are noted. */
  readonly bodies: { readonly request: NotedBody; readonly answer: NotedBody } | undefined;

  /** `most`: bytes that are kept of each body; 0 = nothing of them is looked at. */
  constructor(most = 0) {
    this.bodies = most > 0 ? { request: new NotedBody(most), answer: new NotedBody(most) } : undefined;
  }

  head(headers: FlatHeaders): void {
    this.headers = headers;
    this.bodies?.answer.is(valueOf(headers, 'content-type'), valueOf(headers, 'content-encoding'));
  }

  sent(part: Buffer): void {
    this.bodies?.answer.take(part);
  }
}

function valueOf(headers: FlatHeaders, name: string): string | undefined {
  for (let at = 0; at + 1 < headers.length; at += 2) if (headers[at]?.toLowerCase() === name) return headers[at + 1];
  return undefined;
}
