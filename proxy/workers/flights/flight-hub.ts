import type { EntryAct, EntryNews, FlightAnswer, FlightQuestion } from './flight-messages.ts';
import { type HubFollower, HubLog } from './hub-log.ts';

/** Milliseconds between two looks at whether the leaders that are followed live, and for the answer of each. */
const LOOK_MS = 1_000;
const ALIVE_MS = 900;
/** Bytes of one log from which on it takes no new follower, and of all together. */
const MOST_LOG = 16 * 1024 * 1024;
const MOST_ALL = 64 * 1024 * 1024;

export interface HubOptions {
  readonly report: (slot: number, entry: number, news: EntryNews) => void;
  /** Whether a worker answers within so many milliseconds. */
  readonly lives: (slot: number, timeoutMs: number) => Promise<boolean>;
  /** Whether an answer is stored where every worker finds it; without Redis none is. */
  readonly isStored?: (key: string) => boolean;
}

/**
 * Generations that workers share, in the primary: who leads, and the logs of those that are followed elsewhere. What it holds is bounded;
 * a log beyond the bound has no new followers and forgets what all have read.
 */
export class FlightHub {
  readonly #options: HubOptions;
  /** By key and variant. */
  readonly #leading = new Map<string, HubLog>();
  /** By leader, also of those that lead no more and are still read. */
  readonly #logs = new Map<string, HubLog>();
  readonly #followers = new Map<string, HubFollower>();
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: HubOptions) {
    this.#options = options;
  }

  /** Logs that are led or read. */
  get size(): number {
    return this.#logs.size;
  }

  /** Bytes of all logs. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Entries that follow. */
  get followers(): number {
    return this.#followers.size;
  }

  enter(slot: number, { entry, key, variant, instead, pastStored }: FlightQuestion): FlightAnswer {
    const name = JSON.stringify([key, variant]);
    const own = nameOf(slot, entry);
    const log = this.#leading.get(name);
    if (log && log.leader !== instead) {
      if (log.isClosed) return 'alone';
      this.#followers.set(
        own,
        log.follow((news) => this.#options.report(slot, entry, news)),
      );
      this.#watch();
      return 'follow';
    }
    if (log) this.#lose(log);
    if (!pastStored && this.#options.isStored?.(key) === true) return 'stored';
    const made = new HubLog({ name, leader: own, slot, toLeader: (news) => this.#options.report(slot, entry, news) });
    this.#leading.set(name, made);
    this.#logs.set(own, made);
    return 'lead';
  }

  /** Takes what a worker says of one of its entries. */
  take(slot: number, entry: number, act: EntryAct): void {
    const own = nameOf(slot, entry);
    const log = this.#logs.get(own);
    if (log) this.#lead(log, act);
    else this.#follow(own, act);
  }

  /** A worker has ended: its logs are lost to their followers, and it follows none. */
  ended(slot: number): void {
    for (const log of this.#logs.values()) if (log.slot === slot) this.#end(log);
    for (const [own, follower] of this.#followers) {
      if (own.startsWith(nameOf(slot, ''))) this.#leave(own, follower);
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #lead(log: HubLog, act: EntryAct): void {
    if (act.act === 'write') {
      this.#bytes += log.write(act.frames);
      if (log.bytes > MOST_LOG || this.#bytes > MOST_ALL) log.isClosed = true;
      this.#bytes -= log.forget();
      // Someone who does not read holds it: at twice the bound it is lost to the slowest.
      if (log.bytes > 2 * MOST_LOG || this.#bytes > 2 * MOST_ALL) this.#loseSlowest(log);
    } else if (act.act === 'close') {
      log.isClosed = true;
      this.#bytes -= log.forget();
    } else if (act.act === 'left') log.leave();
    else this.#end(log);
  }

  /** Its leader leads it no more. */
  #end(log: HubLog): void {
    if (log.isOver) this.#release(log);
    else this.#lose(log);
  }

  #follow(own: string, act: EntryAct): void {
    const follower = this.#followers.get(own);
    if (!follower) return;
    if (act.act === 'taken') {
      follower.taken(act.message);
      this.#bytes -= follower.log.forget();
      if (follower.hasAll) this.#leave(own, follower);
    } else this.#leave(own, follower);
  }

  #leave(own: string, follower: HubFollower): void {
    this.#followers.delete(own);
    const { log } = follower;
    log.unfollow(follower);
    this.#bytes -= log.forget();
    this.#drop(log);
  }

  /** Nothing leads any more; what is read still is read to its end. */
  #release(log: HubLog): void {
    if (this.#leading.get(log.name) === log) this.#leading.delete(log.name);
    log.isReleased = true;
    this.#bytes -= log.forget();
    this.#drop(log);
  }

  #loseSlowest(log: HubLog): void {
    const slowest = Math.min(...log.followers().map(({ takenTo }) => takenTo));
    for (const [own, follower] of this.#followers) {
      if (follower.log !== log || follower.takenTo > slowest) continue;
      follower.lose();
      this.#leave(own, follower);
    }
  }

  #lose(log: HubLog): void {
    const followers = log.followers();
    for (const [own, follower] of this.#followers) if (follower.log === log) this.#followers.delete(own);
    for (const follower of followers) {
      follower.lose();
      log.unfollow(follower);
    }
    this.#release(log);
  }

  #drop(log: HubLog): void {
    if (!log.isReleased || log.followers().length > 0 || !this.#logs.delete(log.leader)) return;
    this.#bytes -= log.clear();
  }

  /** A leader that hangs says nothing: it is asked while others wait for it. */
  #watch(): void {
    this.#timer ??= setInterval(() => void this.#look(), LOOK_MS).unref();
  }

  async #look(): Promise<void> {
    const followed = [...this.#logs.values()].filter((log) => !log.isOver && log.followers().length > 0);
    if (followed.length === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    const slots = [...new Set(followed.map(({ slot }) => slot))];
    const dead = await Promise.all(
      slots.map(async (slot) => ((await this.#options.lives(slot, ALIVE_MS)) ? undefined : slot)),
    );
    for (const log of followed) if (dead.includes(log.slot) && !log.isOver) this.#lose(log);
  }
}

function nameOf(slot: number, entry: number | ''): string {
  return `${slot}.${entry}`;
}
