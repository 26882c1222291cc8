import type { Frame } from '../../flights/shared-flights.ts';
import type { EntryNews } from './flight-messages.ts';

/** Messages and bytes that a follower is sent before it has taken them. */
const MOST_MESSAGES = 16;
const MOST_BYTES = 512 * 1024;
/** Frames of one message, in bytes; one frame is never cut. */
const MESSAGE_BYTES = 128 * 1024;
/** What a frame takes beside its bytes. */
const FRAME_BYTES = 100;

export interface HubLogParts {
  readonly name: string;
  readonly leader: string;
  readonly slot: number;
  readonly toLeader: (news: EntryNews) => void;
}

/** The log of one generation, as the primary has it: nothing before another process follows, all of it from then on. */
export class HubLog {
  readonly name: string;
  readonly leader: string;
  readonly slot: number;
  readonly #toLeader: HubLogParts['toLeader'];
  #frames: Frame[] = [];
  /** Place of the first frame that is held. */
  #first = 0;
  #bytes = 0;
  readonly #followers = new Set<HubFollower>();
  #isWanted = false;
  #isLeft = false;
  /** Takes no new followers. */
  isClosed = false;
  /** Its leader leads it no more. */
  isReleased = false;
  /** The end is among its frames. */
  isOver = false;

  constructor({ name, leader, slot, toLeader }: HubLogParts) {
    this.name = name;
    this.leader = leader;
    this.slot = slot;
    this.#toLeader = toLeader;
  }

  get bytes(): number {
    return this.#bytes;
  }

  followers(): readonly HubFollower[] {
    return [...this.#followers];
  }

  follow(toFollower: (news: EntryNews) => void): HubFollower {
    const follower = new HubFollower(this, toFollower);
    this.#followers.add(follower);
    if (this.#isWanted) follower.serve();
    else this.#toLeader({ news: 'wanted' });
    this.#isWanted = true;
    return follower;
  }

  /** Returns the bytes that it holds more than before. */
  write(frames: readonly Frame[]): number {
    let more = 0;
    for (const frame of frames) {
      this.#frames.push(frame);
      more += frame.bytes.length + FRAME_BYTES;
      if (frame.kind === 'end') this.isOver = true;
    }
    this.#bytes += more;
    for (const follower of this.#followers) follower.serve();
    return more;
  }

  /** The frame at this place of the whole log; undefined where it has not come. */
  at(place: number): Frame | undefined {
    return this.#frames[place - this.#first];
  }

  /** No request in the leader's own process follows. */
  leave(): void {
    this.#isLeft = true;
    this.#checkLeft();
  }

  unfollow(follower: HubFollower): void {
    if (this.#followers.delete(follower)) this.#checkLeft();
  }

  /** Forgets what no follower needs any more; returns the bytes. */
  forget(): number {
    if (!this.isClosed && !this.isReleased) return 0;
    const next = Math.min(this.#first + this.#frames.length, ...[...this.#followers].map(({ takenTo }) => takenTo));
    const gone = this.#frames.splice(0, next - this.#first);
    this.#first = next;
    const bytes = gone.reduce((sum, frame) => sum + frame.bytes.length + FRAME_BYTES, 0);
    this.#bytes -= bytes;
    return bytes;
  }

  /** Forgets everything; returns the bytes. */
  clear(): number {
    const bytes = this.#bytes;
    this.#frames = [];
    this.#bytes = 0;
    return bytes;
  }

  #checkLeft(): void {
    if (this.#isLeft && this.#followers.size === 0 && !this.isReleased) this.#toLeader({ news: 'unfollowed' });
  }
}

interface SentMessage {
  readonly number: number;
  /** Place behind its last frame. */
  readonly to: number;
  readonly bytes: number;
}

/** Another process that reads a log: at its own pace, a window of messages ahead. */
export class HubFollower {
  readonly log: HubLog;
  readonly #toFollower: (news: EntryNews) => void;
  #next = 0;
  #takenTo = 0;
  #messages = 0;
  #window: SentMessage[] = [];
  #hasEnd = false;

  constructor(log: HubLog, toFollower: (news: EntryNews) => void) {
    this.log = log;
    this.#toFollower = toFollower;
  }

  /** Place up to which it has taken the log. */
  get takenTo(): number {
    return this.#takenTo;
  }

  /** Has taken the end. */
  get hasAll(): boolean {
    return this.#hasEnd && this.#window.length === 0;
  }

  /** Sends what has come, as far as the window goes. */
  serve(): void {
    while (this.#window.length < MOST_MESSAGES && this.#sentBytes() < MOST_BYTES) {
      const frames: Frame[] = [];
      let bytes = 0;
      for (let frame = this.log.at(this.#next); frame && bytes < MESSAGE_BYTES; frame = this.log.at(this.#next)) {
        frames.push(frame);
        bytes += frame.bytes.length;
        this.#next += 1;
        if (frame.kind === 'end') this.#hasEnd = true;
      }
      if (frames.length === 0) return;
      this.#messages += 1;
      this.#window.push({ number: this.#messages, to: this.#next, bytes });
      this.#toFollower({ news: 'frames', message: this.#messages, frames });
    }
  }

  taken(message: number): void {
    const last = this.#window.findLast(({ number }) => number <= message);
    if (last) this.#takenTo = last.to;
    this.#window = this.#window.filter(({ number }) => number > message);
    this.serve();
  }

  lose(): void {
    if (!this.#hasEnd) this.#toFollower({ news: 'lost', leader: this.log.leader });
  }

  #sentBytes(): number {
    return this.#window.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}
