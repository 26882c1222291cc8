import type { Command } from '../redis/client.ts';
import type { RedisClient } from '../redis/client.ts';
import { UNAVAILABLE } from '../redis/unavailable.ts';
import { FOLLOW, LEAVE } from './flight-scripts.ts';
import type { Piece, RecordCodec } from './record-codec.ts';
import { ALIVE_MS, LOG_LIFE_MS, type RedisLog } from './redis-log.ts';
import type { Frame, Tail, TailEvents } from './shared-flights.ts';

/** Records of one read. */
const READ_RECORDS = 8;
/** The longest frame: what a leader keeps of an answer is bounded far below (`cache.max_entry`). */
const MAX_FRAME_BYTES = 512 * 1024 * 1024;

export interface TailParts {
  readonly client: Pick<RedisClient, 'send' | 'sendForBuffers' | 'keys'>;
  readonly codec: RecordCodec;
  readonly log: RedisLog;
  /** The process that leads. */
  readonly leader: string;
  /** Name of this follower: its process, a slash, a number. */
  readonly name: string;
  readonly process: string;
  readonly onOver: () => void;
}

/** Reads one log on Redis. */
export class RedisTail implements Tail {
  readonly leader: string;
  readonly token: string;
  readonly #parts: TailParts;
  #events: TailEvents | undefined;
  #records = 0;
  /** Pieces of a frame whose last one has not come. */
  #pieces: Buffer[] = [];
  #pieceBytes = 0;
  #isReading = false;
  #isAsked = false;
  #isPaused = false;
  #isOrphan = false;
  #isOver = false;

  constructor(parts: TailParts) {
    this.#parts = parts;
    this.leader = parts.leader;
    this.token = parts.log.token;
  }

  read(events: TailEvents): void {
    this.#events = events;
    this.beat();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.look();
  }

  leave(): void {
    if (this.#isOver) return;
    this.#over();
    const { client, log, name } = this.#parts;
    const message = [client.keys.flightChannel + this.leader, `left ${log.token}`];
    void client.send([['EVAL', LEAVE, 1, log.followers, name, ...message]]);
  }

  /** To be called at each beat: goes on following, and reads what no message has told of. */
  beat(): void {
    const { client, log, name, process } = this.#parts;
    const asked = [client.keys.flightChannel + this.leader, `want ${log.token} ${process}`];
    void this.#read([['EVAL', FOLLOW, 2, log.followers, log.log, name, ALIVE_MS, LOG_LIFE_MS, ...asked]]);
  }

  /** Reads what there is. */
  look(): void {
    void this.#read([]);
  }

  /** There is no such leader any more: what it has left is read, then the tail is lost. */
  over(): void {
    this.#isOrphan = true;
    this.look();
  }

  lose(): void {
    const events = this.#events;
    this.#over();
    events?.lost(this.token);
  }

  async #read(first: readonly Command[]): Promise<void> {
    if (!this.#events) return;
    if (this.#isReading) {
      this.#isAsked = true;
      if (first.length > 0) await this.#parts.client.send(first);
      return;
    }
    this.#isReading = true;
    let before = first;
    do {
      this.#isAsked = false;
      // oxlint-disable-next-line no-await-in-loop -- record after record
      const read = await this.#readOnce(before);
      before = [];
      if (read === READ_RECORDS) this.#isAsked = true;
    } while (this.#isAsked && this.#isOpen);
    this.#isReading = false;
    if (this.#isOrphan && this.#isOpen) this.lose();
  }

  get #isOpen(): boolean {
    return this.#events !== undefined && !this.#isPaused;
  }

  /** The number of records that there were. */
  async #readOnce(first: readonly Command[]): Promise<number> {
    const { client, log } = this.#parts;
    const range: Command[] = this.#isPaused
      ? []
      : [['XRANGE', log.log, `${this.#records + 1}-0`, '+', 'COUNT', READ_RECORDS]];
    const commands = [...first, ...range];
    if (commands.length === 0) return 0;
    const answers = await client.sendForBuffers(commands);
    if (answers === UNAVAILABLE || range.length === 0) return 0;
    const records = answers.at(-1) as [Buffer, [Buffer, Buffer]][];
    for (const [id, [, record]] of records) {
      if (!this.#events) return 0;
      this.#take(id.toString(), record);
    }
    return records.length;
  }

  #take(id: string, record: Buffer): void {
    const number = this.#records + 1;
    const pieces = id === `${number}-0` ? this.#parts.codec.decode(this.#parts.log.binding, number, record) : undefined;
    this.#records = number;
    if (!pieces) {
      this.lose();
      return;
    }
    for (const piece of pieces) {
      if (piece.kind === 'lost') this.lose();
      else this.#add(piece, piece.kind);
    }
  }

  #add({ bytes, more }: Piece, kind: Frame['kind']): void {
    const events = this.#events;
    if (!events) return;
    this.#pieces.push(bytes);
    this.#pieceBytes += bytes.length;
    if (this.#pieceBytes > MAX_FRAME_BYTES) {
      this.lose();
      return;
    }
    if (more) return;
    // A copy: the record may be a slice of a much larger read from the socket.
    const frame = { kind, bytes: Buffer.concat(this.#pieces) };
    this.#pieces = [];
    this.#pieceBytes = 0;
    if (kind === 'end') this.#over();
    events.frame(frame);
  }

  #over(): void {
    this.#isOver = true;
    this.#events = undefined;
    this.#parts.onOver();
  }
}
