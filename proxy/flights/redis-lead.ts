import type { RedisClient } from '../redis/client.ts';
import { UNAVAILABLE } from '../redis/unavailable.ts';
import type { CommandBatch } from './command-batch.ts';
import { APPEND, KEEP, RELEASE } from './flight-scripts.ts';
import { type Piece, pieceBytes, type RecordCodec } from './record-codec.ts';
import { LEASE_MS, LOG_LIFE_MS, RENEW_MS, type RedisLog } from './redis-log.ts';
import type { Frame, Lead, LeadEvents } from './shared-flights.ts';

/** Bytes of one record: below what travels on a connection of its own, so that records stay in their order. */
const RECORD_BYTES = 48 * 1024;
/** Pause between two records of one log. */
const BATCH_MS = 5;
/** What may wait for Redis; a log that falls behind further is given up. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;
/** Records that a log keeps once no new follower can read it from its start. */
const KEPT_RECORDS = 512;
/** Beats in which followers of a log that is given up are informed, as long as Redis takes nothing. */
const MAX_BROKEN_BEATS = 75;

export interface LeadParts {
  readonly client: Pick<RedisClient, 'available' | 'send' | 'keys'>;
  readonly batch: CommandBatch;
  readonly codec: RecordCodec;
  readonly log: RedisLog;
  /** No message about this log concerns the process any more. */
  readonly onOver: () => void;
}

/** The lease of one log on Redis. */
export class RedisLead implements Lead {
  readonly #parts: LeadParts;
  readonly #waiting: Piece[] = [];
  readonly #takenAt = performance.now();
  #renewals = 0;
  #waitingBytes = 0;
  #events: LeadEvents | undefined;
  #records = 0;
  #lastSent = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #isSending = false;
  #isWanted = false;
  #isClosed = false;
  #isLeft = false;
  /** A record was not taken: followers are told at the next beat that the leader is lost. */
  #isBroken = false;
  #brokenBeats = 0;
  #end: Frame | undefined;
  #isEnded = false;
  #isEndAdded = false;
  #isReleasing = false;
  #isOver = false;

  constructor(parts: LeadParts) {
    this.#parts = parts;
  }

  begin(events: LeadEvents): void {
    this.#events = events;
  }

  /** A follower is there. */
  want(): void {
    if (this.#isWanted || this.#isOver || !this.#events) return;
    this.#isWanted = true;
    this.#events.wanted();
    this.#addEnd();
  }

  write(frame: Frame): void {
    if (this.#isWanted && !this.#isEndAdded) this.#add(frame);
  }

  close(): void {
    if (this.#isClosed || this.#isOver) return;
    this.#isClosed = true;
    this.#keep();
  }

  left(): void {
    this.#isLeft = true;
    void this.#resign();
  }

  /** Looks again whether the answer is followed, where it is not in this process. */
  look(): void {
    if (this.#isLeft) void this.#resign();
  }

  end(frame?: Frame, after: Promise<unknown> = Promise.resolve()): void {
    if (this.#isEnded || this.#isOver) return;
    this.#isEnded = true;
    if (frame) {
      this.#end = frame;
      if (this.#isWanted) this.#addEnd();
    } else {
      this.#break();
      if (this.#isWanted) this.#flushSoon();
    }
    const release = (): void => void this.#release();
    if (frame) after.then(release, release);
    else release();
  }

  /** To be called at each beat. */
  beat(): void {
    if (this.#isOver) return;
    if (this.#isBroken) {
      this.#brokenBeats += 1;
      if (this.#isEnded && this.#brokenBeats > MAX_BROKEN_BEATS) {
        this.#over();
        return;
      }
      this.#flushSoon();
    }
    this.look();
    if (performance.now() - this.#takenAt < RENEW_MS * (this.#renewals + 1)) return;
    this.#renewals += 1;
    this.#keep();
  }

  #keep(): void {
    const { client, log } = this.#parts;
    void client.send([['EVAL', KEEP, 1, log.lease, log.token, this.#isClosed ? 'closed' : 'open', LEASE_MS]]);
  }

  async #resign(): Promise<void> {
    const events = this.#events;
    if (this.#isOver || this.#isEnded || this.#isReleasing || !events || events.isFollowed) return;
    this.#isReleasing = true;
    const followers = await this.#askRelease(false);
    this.#isReleasing = false;
    if (followers > 0 || this.#isOver) return;
    this.#over();
    events.deserted();
  }

  /** The answer is over. Who has come meanwhile is served first. */
  async #release(): Promise<void> {
    const followers = this.#isWanted || this.#isBroken ? 0 : await this.#askRelease(false);
    if (followers > 0) this.want();
    if (this.#isWanted || this.#isBroken) await this.#askRelease(true);
    if (!this.#isWanted || (!this.#isSending && this.#waiting.length === 0 && !this.#isBroken)) this.#over();
  }

  /** The number of followers; 0 also while Redis cannot be asked. */
  async #askRelease(anyhow: boolean): Promise<number> {
    const { batch, log } = this.#parts;
    const answer = await batch.send(['EVAL', RELEASE, 2, log.lease, log.followers, log.token, anyhow ? '1' : '0']);
    return answer === UNAVAILABLE ? 0 : Number(answer);
  }

  #add({ kind, bytes }: Frame): void {
    if (this.#isBroken || this.#isOver) return;
    for (let at = 0; at === 0 || at < bytes.length; at += RECORD_BYTES) {
      const piece = { kind, bytes: bytes.subarray(at, at + RECORD_BYTES), more: at + RECORD_BYTES < bytes.length };
      this.#waiting.push(piece);
      this.#waitingBytes += pieceBytes(piece);
    }
    if (this.#waitingBytes > MAX_WAITING_BYTES) this.#break();
    this.#flushSoon();
  }

  #addEnd(): void {
    if (!this.#end) return;
    this.#add(this.#end);
    this.#isEndAdded = true;
  }

  #break(): void {
    this.#isBroken = true;
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
  }

  #flushSoon(): void {
    if (this.#isSending || this.#timer !== undefined) return;
    const pause = Math.max(0, this.#lastSent + BATCH_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#flush();
    }, pause);
  }

  async #flush(): Promise<void> {
    const pieces = this.#isBroken ? [LOST] : this.#nextPieces();
    if (pieces.length === 0 || this.#isOver) return;
    const { client, log, codec } = this.#parts;
    const { keys } = client;
    this.#isSending = true;
    this.#lastSent = performance.now();
    const number = this.#records + 1;
    const record = codec.encode(log.binding, number, pieces);
    const most = this.#isClosed ? KEPT_RECORDS : 0;
    const terms = [number, record, most, LOG_LIFE_MS, keys.flightChannel, `grown ${log.token}`];
    const answers = await client.send([['EVAL', APPEND, 2, log.log, log.followers, ...terms]]);
    this.#isSending = false;
    this.#sent(answers !== UNAVAILABLE, number, pieces);
  }

  #sent(taken: boolean, number: number, pieces: readonly Piece[]): void {
    // A record that is there twice, or not at all, ends the log: which of them it is, is not known.
    this.#records = number;
    if (taken && pieces[0] === LOST) {
      this.#over();
      return;
    }
    if (!taken) this.#break();
    else if (this.#waiting.length > 0 || this.#isBroken) this.#flushSoon();
    else if (this.#end && pieces.at(-1)?.kind === 'end') this.#over();
  }

  #nextPieces(): Piece[] {
    let bytes = 0;
    let count = 0;
    for (const piece of this.#waiting) {
      bytes += pieceBytes(piece);
      if (count > 0 && bytes > RECORD_BYTES) break;
      count += 1;
    }
    const pieces = this.#waiting.splice(0, count);
    for (const piece of pieces) this.#waitingBytes -= pieceBytes(piece);
    return pieces;
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#parts.onOver();
  }
}

const LOST: Piece = { kind: 'lost', bytes: Buffer.alloc(0), more: false };
