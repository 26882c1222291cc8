import type { ServerResponse } from 'node:http';
import type { StreamEvent } from '../dialects/reply.ts';
import type { Delivered } from '../journal/record.ts';
import { noteEvent } from '../journal/trace.ts';
import type { Clock } from './clock.ts';
import type { Delivery } from './delivery.ts';
import type { Pacer } from './pacer.ts';

/** Characters gathered into one write: an unpaced stream costs a write per batch, and a reader who stops holds back all but one. */
const BATCH_CHARACTERS = 64 * 1024;

export interface WriterParts {
  readonly response: ServerResponse;
  readonly delivery: Delivery;
  readonly pacer: Pacer;
  readonly clock: Clock;
  /** What was written so far; shared with the journal. */
  readonly delivered: Delivered;
  /** Told what an event's generation threw. */
  readonly fail: (error: unknown) => void;
}

interface Pending {
  readonly bytes: string;
  readonly tokens: number;
  readonly dueMs: number;
}

/** Writes one delivery: pulls an event only when the one before it was due and the socket has room, so that what is not read is never generated. */
export class Writer {
  readonly #parts: WriterParts;
  readonly #events: Iterator<StreamEvent>;
  /** Everything is due at once. */
  readonly #idle: boolean;
  #startedAt = 0;
  /** Pulled, but not yet due. */
  #pending: Pending | undefined;
  #exhausted = false;
  #cancelTimer: (() => void) | undefined;
  #over = false;

  constructor(parts: WriterParts) {
    this.#parts = parts;
    this.#events = parts.delivery.events[Symbol.iterator]();
    this.#idle = parts.pacer.idle && !parts.delivery.timed;
  }

  /** Everything was written, or the connection was broken off on purpose. */
  get over(): boolean {
    return this.#over;
  }

  start(): void {
    const { delivery, pacer, clock } = this.#parts;
    const { wholeTokens } = delivery;
    if (!this.#idle) this.#startedAt = clock.now() + delivery.delayMs;
    this.#wait(delivery.delayMs + (wholeTokens === undefined ? 0 : pacer.wholeMs(wholeTokens)), this.#begin);
  }

  /** The client is gone: nothing more is generated or written. */
  stop(): void {
    this.#over = true;
    this.#cancelTimer?.();
    this.#events.return?.();
  }

  #wait(ms: number, action: () => void): void {
    if (ms > 0) this.#cancelTimer = this.#parts.clock.after(ms, () => this.#guard(action));
    else this.#guard(action);
  }

  /** Events are made while they are written, some of them from timers: no caller is there to catch. */
  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.stop();
      this.#parts.fail(error);
    }
  }

  readonly #begin = (): void => {
    const { delivery, delivered, clock } = this.#parts;
    if (delivery.head === undefined) {
      if (delivery.ending === 'cut') this.#cut();
      return;
    }
    delivered.status = delivery.head.status;
    delivered.firstByteAt = clock.now();
    if (delivery.limitBytes === 0) this.#cut();
    else this.#pump();
  };

  #writeHead(): void {
    const { response, delivery } = this.#parts;
    if (delivery.head === undefined || response.headersSent) return;
    response.writeHead(delivery.head.status, delivery.head.headers as unknown as [string, string][]);
  }

  readonly #pump = (): void => {
    const { response, delivery, clock } = this.#parts;
    while (!this.#over) {
      const batch = this.#gather();
      if (this.#exhausted && delivery.ending === 'finish' && delivery.limitBytes === undefined) {
        this.#finish(batch);
        return;
      }
      this.#writeHead();
      if (batch !== '' && !this.#write(batch)) {
        if (!this.#over) response.once('drain', () => this.#guard(this.#pump));
        return;
      }
      if (this.#exhausted) {
        this.#end();
        return;
      }
      if (this.#pending !== undefined) {
        if (this.#parts.delivered.bytesOut === 0) response.flushHeaders();
        this.#wait(Math.max(1, this.#startedAt + this.#pending.dueMs - clock.now()), this.#pump);
        return;
      }
    }
  };

  /** The next batch of an answer that is due at once. */
  #gatherAll(): string {
    let batch = '';
    while (batch.length < BATCH_CHARACTERS) {
      const step = this.#events.next();
      if (step.done) {
        this.#exhausted = true;
        break;
      }
      batch += step.value.bytes;
      this.#note(step.value);
    }
    return batch;
  }

  #note({ bytes, tokens }: Pick<StreamEvent, 'bytes' | 'tokens'>): void {
    const { delivery, clock, delivered } = this.#parts;
    delivered.eventsOut += 1;
    delivered.tokensOut += tokens;
    if (delivered.trace !== undefined) noteEvent(delivered.trace, Buffer.from(bytes, delivery.encoding), clock.now());
  }

  /** All that is due now, up to a batch. */
  #gather(): string {
    const { delivery, clock } = this.#parts;
    if (this.#idle || delivery.wholeTokens !== undefined) return this.#gatherAll();
    const elapsed = clock.now() - this.#startedAt;
    let batch = '';
    while (batch.length < BATCH_CHARACTERS) {
      this.#pending ??= this.#pull();
      if (this.#pending === undefined || this.#pending.dueMs > elapsed) break;
      batch += this.#pending.bytes;
      this.#note(this.#pending);
      this.#pending = undefined;
    }
    return batch;
  }

  #pull(): Pending | undefined {
    const step = this.#events.next();
    if (step.done) {
      this.#exhausted = true;
      return undefined;
    }
    const { bytes, tokens } = step.value;
    const { delivery, pacer } = this.#parts;
    return { bytes, tokens, dueMs: delivery.timed ? (step.value.atMs ?? 0) : pacer.dueMs(step.value) };
  }

  /** `false` when the next batch has to wait for room, or will never come. */
  #write(batch: string): boolean {
    const { response, delivery, delivered } = this.#parts;
    if (delivery.limitBytes === undefined) {
      this.#count(this.#lengthOf(batch));
      return response.write(batch, delivery.encoding ?? 'utf8');
    }
    const bytes = Buffer.from(batch, delivery.encoding).subarray(0, delivery.limitBytes - delivered.bytesOut);
    this.#count(bytes.length);
    const room = response.write(bytes);
    if (delivered.bytesOut < delivery.limitBytes) return room;
    this.#cut();
    return false;
  }

  #count(bytes: number): void {
    this.#parts.delivered.bytesOut += bytes;
  }

  #lengthOf(batch: string): number {
    return this.#parts.delivery.encoding === 'latin1' ? batch.length : Buffer.byteLength(batch);
  }

  #end(): void {
    const { ending } = this.#parts.delivery;
    if (ending === 'finish') this.#finish('');
    else if (ending === 'cut') this.#cut();
    else this.#parts.response.flushHeaders();
  }

  #finish(last: string): void {
    const { response, delivered } = this.#parts;
    this.#over = true;
    delivered.whole = true;
    const length = this.#lengthOf(last);
    this.#count(length);
    const whole = !response.headersSent && last !== '';
    this.#writeHead();
    // Framed here, head and body leave in one piece; node would write five.
    const framed = whole && response.chunkedEncoding;
    if (framed) response.chunkedEncoding = false;
    // A character a byte: the same bytes in either encoding, and Latin-1 needs no transcoding.
    const encoding = length === last.length ? 'latin1' : 'utf8';
    response.end(framed ? `${length.toString(16)}\r\n${last}\r\n0\r\n\r\n` : last, encoding);
  }

  /** What was written still goes out, then the connection ends without the mark that closes the body. */
  #cut(): void {
    const { response, delivered, clock } = this.#parts;
    this.#over = true;
    delivered.endedAt = clock.now();
    if (delivered.status === undefined) {
      response.socket?.destroy();
      return;
    }
    this.#writeHead();
    response.flushHeaders();
    response.socket?.destroySoon();
  }
}
