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
} from '../../flights/shared-flights.ts';
import type { EntryAct, EntryNews, FlightAnswer, FlightQuestion } from './flight-messages.ts';

const ENTER_MS = 50;

/** The primary, as far as generations are concerned. */
export interface ToHub {
  enter(question: FlightQuestion, timeoutMs: number): Promise<FlightAnswer | undefined>;
  say(entry: number, act: EntryAct): void;
}

type Say = (act: EntryAct) => void;

/** What hears of an entry. */
interface Listener {
  hear(news: EntryNews): void;
}

/** Generations that the workers of one proxy share, through the primary. */
export class WorkerFlights implements SharedFlights {
  readonly #hub: ToHub;
  readonly #entries = new Map<number, Listener>();
  readonly #enterMs: number;
  #next = 0;

  /** `enterMs`: longest wait to hear whether a request leads. Default 50 ms. */
  constructor(hub: ToHub, enterMs = ENTER_MS) {
    this.#hub = hub;
    this.#enterMs = enterMs;
  }

  async enter({ key, variant }: LogName, { pastStored = false, instead }: EnterTerms = {}): Promise<Entered> {
    const entry = (this.#next += 1);
    const say: Say = (act) => {
      if (act.act === 'release' || act.act === 'leave') this.#entries.delete(entry);
      this.#hub.say(entry, act);
    };
    // Frames may come before the answer does.
    const tail = new WorkerTail(say, () => this.#entries.delete(entry));
    this.#entries.set(entry, tail);
    const answer = await this.#hub.enter({ what: 'enter', entry, key, variant, instead, pastStored }, this.#enterMs);
    if (answer === 'follow') return { role: 'follow', tail };
    if (answer === 'lead') {
      const lead = new WorkerLead(say, tail.unheard());
      this.#entries.set(entry, lead);
      return { role: 'lead', lead };
    }
    this.#entries.delete(entry);
    // It may have become a leader or a follower without hearing so.
    if (answer === undefined) say({ act: 'leave' });
    return { role: answer ?? 'alone' };
  }

  /** The primary has news of an entry. */
  hear(entry: number, news: EntryNews): void {
    const listener = this.#entries.get(entry);
    if (listener) listener.hear(news);
  }
}

class WorkerLead implements Lead {
  readonly #say: Say;
  readonly #early: readonly EntryNews[];
  #events: LeadEvents | undefined;
  #isWanted = false;
  #end: Frame | undefined;
  #isOver = false;
  #frames: Frame[] = [];

  /** `early`: news that came before `begin`. */
  constructor(say: Say, early: readonly EntryNews[]) {
    this.#say = say;
    this.#early = early;
  }

  begin(events: LeadEvents): void {
    this.#events = events;
    for (const news of this.#early) this.hear(news);
  }

  write({ kind, bytes }: Frame): void {
    if (!this.#isWanted || this.#isOver) return;
    this.#frames.push({ kind, bytes });
    if (this.#frames.length === 1) queueMicrotask(() => this.#flush());
  }

  close(): void {
    if (!this.#isOver) this.#say({ act: 'close' });
  }

  left(): void {
    if (!this.#isOver && this.#events?.isFollowed === false) this.#say({ act: 'left' });
  }

  end(frame?: Frame, after: Promise<unknown> = Promise.resolve()): void {
    if (frame === undefined) {
      this.#frames = [];
      this.#release();
      return;
    }
    this.write(frame);
    this.#end = frame;
    void this.#releaseAfter(after);
  }

  hear({ news }: EntryNews): void {
    if (this.#isOver) return;
    if (news === 'wanted') {
      this.#isWanted = true;
      this.#events?.wanted();
      if (this.#end) this.write(this.#end);
    } else if (news === 'unfollowed' && this.#events?.isFollowed === false) {
      this.#release();
      this.#events.deserted();
    }
  }

  async #releaseAfter(after: Promise<unknown>): Promise<void> {
    try {
      await after;
    } catch {
      // It has settled.
    }
    this.#release();
  }

  #release(): void {
    if (this.#isOver) return;
    this.#flush();
    this.#isOver = true;
    this.#say({ act: 'release' });
  }

  #flush(): void {
    if (this.#frames.length === 0) return;
    const frames = this.#frames;
    this.#frames = [];
    this.#say({ act: 'write', frames });
  }
}

class WorkerTail implements Tail {
  readonly #say: Say;
  readonly #over: () => void;
  #events: TailEvents | undefined;
  #isPaused = false;
  #isOver = false;
  #heard: EntryNews[] = [];

  constructor(say: Say, over: () => void) {
    this.#say = say;
    this.#over = over;
  }

  /** What has come so far, for whatever else the entry turns out to be. */
  unheard(): readonly EntryNews[] {
    return this.#heard;
  }

  read(events: TailEvents): void {
    this.#events = events;
    this.#serve();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#serve();
  }

  leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#heard = [];
    this.#say({ act: 'leave' });
  }

  hear(news: EntryNews): void {
    if (this.#isOver) return;
    this.#heard.push(news);
    this.#serve();
  }

  #serve(): void {
    while (this.#events && !this.#isPaused && !this.#isOver) {
      const news = this.#heard.shift();
      if (!news) return;
      if (news.news === 'lost') {
        this.#isOver = true;
        this.#over();
        this.#events.lost(news.leader);
      } else if (news.news === 'frames') this.#frames(news);
    }
  }

  #frames({ message, frames }: EntryNews & { readonly news: 'frames' }): void {
    for (const [index, frame] of frames.entries()) {
      if (this.#isOver) return;
      if (this.#isPaused) {
        // The rest waits with what came behind it.
        this.#heard.unshift({ news: 'frames', message, frames: frames.slice(index) });
        return;
      }
      if (frame.kind === 'end') this.#isOver = true;
      this.#events?.frame(frame);
    }
    this.#say({ act: 'taken', message });
    if (this.#isOver) this.#over();
  }
}
