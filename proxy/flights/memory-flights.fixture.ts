import type {
  Entered,
  EnterTerms,
  Frame,
  Lead,
  LeadEvents,
  LogName,
  SharedFlights,
  Tail,
  TailEvents,
} from './shared-flights.ts';

/** What the processes of a test share, in memory: a second implementation, without time and trouble. */
export class MemoryHub {
  readonly logs = new Map<string, MemoryLog>();
  /** Keys of answers that are stored. */
  readonly stored = new Set<string>();
  #processes = 0;

  process(): MemoryFlights {
    this.#processes += 1;
    return new MemoryFlights(this, `process ${this.#processes}`);
  }
}

class MemoryLog {
  readonly leader: string;
  readonly frames: Frame[] = [];
  readonly tails = new Set<MemoryTail>();
  events: LeadEvents | undefined;
  isWanted = false;
  isClosed = false;

  constructor(leader: string) {
    this.leader = leader;
  }

  want(): void {
    if (this.isWanted || !this.events || this.tails.size === 0) return;
    this.isWanted = true;
    this.events.wanted();
  }

  push(frame: Frame): void {
    this.frames.push(frame);
    for (const tail of this.tails) tail.serve();
  }

  lose(): void {
    for (const tail of this.tails) tail.lose();
  }

  checkLeft(): boolean {
    return this.tails.size === 0 && this.events?.isFollowed === false;
  }
}

/** One process. */
export class MemoryFlights implements SharedFlights {
  readonly #hub: MemoryHub;
  readonly #name: string;
  readonly #led = new Map<string, MemoryLog>();
  #leads = 0;

  constructor(hub: MemoryHub, name: string) {
    this.#hub = hub;
    this.#name = name;
  }

  async enter({ key, variant }: LogName, { pastStored = false, instead }: EnterTerms = {}): Promise<Entered> {
    const name = `${key} ${variant}`;
    await Promise.resolve();
    const log = this.#hub.logs.get(name);
    if (log && log.leader !== instead)
      return log.isClosed ? { role: 'alone' } : { role: 'follow', tail: new MemoryTail(log) };
    if (!pastStored && this.#hub.stored.has(key)) return { role: 'stored' };
    this.#leads += 1;
    const led = new MemoryLog(`${this.#name}, lead ${this.#leads}`);
    this.#hub.logs.set(name, led);
    this.#led.set(name, led);
    return { role: 'lead', lead: new MemoryLead(led, () => this.#release(name, led)) };
  }

  /** The process dies: nothing is said to anyone, followers find out. */
  kill(): void {
    for (const [name, log] of this.#led) {
      log.events = undefined;
      this.#release(name, log);
      log.lose();
    }
  }

  #release(name: string, log: MemoryLog): void {
    this.#led.delete(name);
    if (this.#hub.logs.get(name) === log) this.#hub.logs.delete(name);
  }
}

class MemoryLead implements Lead {
  readonly #log: MemoryLog;
  readonly #release: () => void;
  #end: Frame | undefined;

  constructor(log: MemoryLog, release: () => void) {
    this.#log = log;
    this.#release = release;
  }

  begin(events: LeadEvents): void {
    const log = this.#log;
    log.events = {
      wanted: () => {
        events.wanted();
        if (this.#end) log.push(this.#end);
      },
      get isFollowed() {
        return events.isFollowed;
      },
      deserted: () => {
        this.#release();
        events.deserted();
      },
    };
    log.want();
  }

  write(frame: Frame): void {
    if (this.#log.isWanted) this.#log.push(frame);
  }

  close(): void {
    this.#log.isClosed = true;
  }

  left(): void {
    if (this.#log.checkLeft()) this.#log.events?.deserted();
  }

  end(frame?: Frame, after: Promise<unknown> = Promise.resolve()): void {
    if (frame === undefined) {
      this.#release();
      this.#log.lose();
      return;
    }
    this.#end = frame;
    if (this.#log.isWanted) this.#log.push(frame);
    void after.finally(() => this.#release());
  }
}

class MemoryTail implements Tail {
  readonly #log: MemoryLog;
  #events: TailEvents | undefined;
  #next = 0;
  #isPaused = false;

  constructor(log: MemoryLog) {
    this.#log = log;
    log.tails.add(this);
  }

  read(events: TailEvents): void {
    this.#events = events;
    this.#log.want();
    this.serve();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.serve();
  }

  leave(): void {
    this.#events = undefined;
    this.#log.tails.delete(this);
    if (this.#log.checkLeft()) this.#log.events?.deserted();
  }

  serve(): void {
    while (this.#events && !this.#isPaused) {
      const frame = this.#log.frames[this.#next];
      if (!frame) return;
      this.#next += 1;
      const events = this.#events;
      if (frame.kind === 'end') {
        this.#events = undefined;
        this.#log.tails.delete(this);
      }
      events.frame(frame);
    }
  }

  lose(): void {
    const events = this.#events;
    this.leave();
    events?.lost(this.#log.leader);
  }
}
