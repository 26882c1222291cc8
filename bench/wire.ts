/** What a reader tells of a response as its bytes come in. */
export interface ResponseEvents {
  onHead?(status: number): void;
  onBody?(bytes: Buffer): void;
  onEnd(): void;
}

type State = 'head' | 'length' | 'size' | 'chunk' | 'chunk-end' | 'trailer';

const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');

/** Reads HTTP/1.1 responses of one keep-alive connection, one after the other: content-length and chunked bodies. */
export class ResponseReader {
  readonly #events: ResponseEvents;
  #pending: Buffer = Buffer.alloc(0);
  #state: State = 'head';
  #left = 0;
  readonly #steps: Readonly<Record<State, () => boolean>> = {
    head: () => this.#head(),
    length: () => this.#body(),
    chunk: () => this.#body(),
    'chunk-end': () => this.#line(() => (this.#state = 'size')),
    size: () =>
      this.#line((line) => {
        this.#left = Number.parseInt(line, 16);
        this.#state = this.#left === 0 ? 'trailer' : 'chunk';
      }),
    trailer: () =>
      this.#line((line) => {
        if (line === '') this.#end();
      }),
  };

  constructor(events: ResponseEvents) {
    this.#events = events;
  }

  push(bytes: Buffer): void {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    while (this.#pending.length > 0 && this.#step()) {
      // Every step takes something off what is pending.
    }
  }

  /** False when more bytes are needed. */
  #step(): boolean {
    return this.#steps[this.#state]();
  }

  #head(): boolean {
    const end = this.#pending.indexOf(HEAD_END);
    if (end < 0) return false;
    const head = this.#pending.toString('latin1', 0, end).toLowerCase();
    this.#pending = this.#pending.subarray(end + HEAD_END.length);
    this.#events.onHead?.(Number(head.slice(9, 12)));
    if (head.includes('\r\ntransfer-encoding: chunked')) {
      this.#state = 'size';
      return true;
    }
    this.#left = Number(/\r\ncontent-length: *(\d+)/.exec(head)?.[1] ?? 0);
    if (this.#left === 0) this.#end();
    else this.#state = 'length';
    return true;
  }

  #body(): boolean {
    const part = this.#pending.subarray(0, this.#left);
    this.#pending = this.#pending.subarray(part.length);
    this.#left -= part.length;
    this.#events.onBody?.(part);
    if (this.#left === 0) {
      if (this.#state === 'length') this.#end();
      else this.#state = 'chunk-end';
    }
    return true;
  }

  #line(take: (line: string) => void): boolean {
    const end = this.#pending.indexOf(LINE_END);
    if (end < 0) return false;
    const line = this.#pending.toString('latin1', 0, end);
    this.#pending = this.#pending.subarray(end + LINE_END.length);
    take(line);
    return true;
  }

  #end(): void {
    this.#state = 'head';
    this.#events.onEnd();
  }
}

/** Bytes of `text` in one HTTP chunk. */
export function httpChunk(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}
