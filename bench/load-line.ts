import { connect, type Socket } from 'node:net';
import type { LoopJob, Percentiles, RequestShape } from './jobs.ts';
import { ResponseReader } from './wire.ts';

const DIGITS = 12;

/** The running numbers of unique requests. They go on over all jobs: what was sent once must not be sent again as new. */
export class Numbers {
  #next = Math.floor(performance.timeOrigin) % 1_000_000_000;

  /** The bytes of the next request. */
  next({ offset }: Pick<RequestShape, 'offset'>, bytes: Buffer): Buffer {
    if (offset < 0) return bytes;
    this.#next += 1;
    return numbered(bytes, offset, this.#next);
  }
}

export function numbered(bytes: Buffer, offset: number, number: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.write(String(number).padStart(DIGITS, '0'), offset, 'latin1');
  return copy;
}

export function micros(): number {
  return performance.now() * 1_000;
}

export function percentiles(values: readonly number[]): Percentiles {
  const sorted = Float64Array.from(values).toSorted();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}

/** What all connections of a loop have seen. */
export interface Tally {
  done: number;
  errors: number;
  bodyLength: number;
  readonly first: number[];
  readonly last: number[];
}

/** One keep-alive connection, which sends a request when it is told to and says when it is free again. */
export class Line {
  readonly closed: Promise<void>;
  readonly #job: LoopJob;
  readonly #tally: Tally;
  readonly #socket: Socket;
  #sent = 0;
  #length = 0;
  #last: Buffer = Buffer.alloc(0);

  constructor(job: LoopJob, tally: Tally, free: (line: Line) => void) {
    this.#job = job;
    this.#tally = tally;
    const reader = new ResponseReader({
      onHead: (status) => void (status === 200 || (tally.errors += 1)),
      onBody: (part) => this.#read(part),
      onEnd: () => {
        this.#finish();
        free(this);
      },
    });
    this.#socket = connect({ port: job.port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('connect', () => free(this)).on('data', (part: Buffer) => reader.push(part));
    this.#socket.on('error', () => (tally.errors += 1));
    this.closed = new Promise((resolve) => void this.#socket.on('close', () => resolve()));
  }

  /** Sends a request whose time counts from `due`, in µs. */
  send(bytes: Buffer, due = micros()): void {
    this.#length = 0;
    this.#sent = due;
    this.#socket.write(bytes);
  }

  /** Only when no answer is due. A connection that never asked would get a 400 for a mere end from some. */
  end(): void {
    this.#socket.destroy();
  }

  #read(part: Buffer): void {
    if (this.#length === 0) this.#tally.first.push(micros() - this.#sent);
    this.#length += part.length;
    this.#last = part;
  }

  #finish(): void {
    const tally = this.#tally;
    tally.done += 1;
    tally.last.push(micros() - this.#sent);
    if (tally.bodyLength < 0) tally.bodyLength = this.#length;
    if (!this.#isWhole()) tally.errors += 1;
  }

  #isWhole(): boolean {
    const { ending } = this.#job;
    if (ending === undefined) return this.#length === this.#tally.bodyLength;
    return this.#last.toString('utf8').trimEnd().endsWith(ending);
  }
}
