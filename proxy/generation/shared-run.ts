import type { Recording } from '../cache/types.ts';
import type { Flight, FlightEnding, Watcher } from '../flights/flight.ts';
import type { Entered, EnterTerms, Frame, Lead, LogName, SharedFlights, Tail } from '../flights/shared-flights.ts';
import type { OwnFields, TokenUsage } from '../protocols/types.ts';
import type { AnswerHead, GenerationFailure } from './answer.ts';
import { endFrame, headFrame, isCommon, readEnd, readHead, type SharedEnd } from './shared-frames.ts';

/** What an equal generation of another process has come to, for counters; `again`: its leader was lost before the head. */
export type SharedRole = 'lead' | 'follow' | 'again' | 'stored' | 'alone';

/** A stored answer as a generation delivers it. */
export interface StoredAnswer {
  readonly head: AnswerHead;
  /** With the fields of the generation's own caller. */
  readonly bytes: Buffer;
  readonly recording: Recording;
}

export interface SharedTerms {
  readonly flights: SharedFlights;
  readonly name: LogName;
  /** The stored answer cannot be used. */
  readonly pastStored: boolean;
  /** An answer that was stored since it was last looked for. */
  readonly stored: () => Promise<StoredAnswer | undefined>;
  /** Told before anything comes of it whether the answer is another process's, each time that changes. */
  readonly onRole: (role: SharedRole) => void;
}

/** The generation as it is shared. */
export interface SharedSubject {
  readonly flight: Flight<AnswerHead, GenerationFailure>;
  readonly own: OwnFields | undefined;
  readonly usage: TokenUsage | undefined;
  readonly answerId: string | undefined;
  readonly recording: Recording | undefined;
  /** Settles once the recording is stored. */
  readonly stored: Promise<unknown> | undefined;
  /** Asks endpoints. */
  run(): void;
  /** The head of another process's answer has come. */
  openShared(head: AnswerHead, own: OwnFields | undefined): void;
  /** Ends with what another process has made. */
  finish(end: SharedEnd): void;
  /** Runs a step of the generation: what it throws fails the generation. */
  guarded(step: () => void): void;
}

/** How often the next leader is followed after one was lost; then the endpoints are asked without a lease. */
const MAX_LEADERS = 4;
const NOTHING_MADE = { usage: undefined, answerId: undefined, recording: undefined };

/** Leads or follows, for one generation, those of other processes. */
export class SharedRun implements Watcher<AnswerHead, GenerationFailure> {
  readonly #terms: SharedTerms;
  readonly #subject: SharedSubject;
  #lead: Lead | undefined;
  #tail: Tail | undefined;
  #isWanted = false;
  #isTooLarge = false;
  #lost = 0;

  constructor(terms: SharedTerms, subject: SharedSubject) {
    this.#terms = terms;
    this.#subject = subject;
  }

  start(): void {
    this.#enter({ pastStored: this.#terms.pastStored });
  }

  /** The generation is over: what is followed is followed no longer. */
  closed(): void {
    this.#tail?.leave();
  }

  onOpen(head: AnswerHead): void {
    if (this.#isWanted) this.#lead?.write(this.#headFrame(head));
  }

  onChunk(chunk: Buffer): void {
    if (this.#isWanted) this.#lead?.write({ kind: 'chunk', bytes: chunk });
    if (this.#isTooLarge || this.#subject.flight.joinable) return;
    this.#isTooLarge = true;
    this.#lead?.close();
  }

  onEnd(ending: FlightEnding<GenerationFailure>): void {
    if (ending.kind === 'abandoned' || (ending.kind === 'failed' && !isCommon(ending.failure))) {
      this.#lead?.end();
      return;
    }
    const { usage, answerId, recording, stored } = this.#subject;
    this.#lead?.end(endFrame({ ending, usage, answerId, recording }), stored);
  }

  holds(): boolean {
    this.#lead?.left();
    return true;
  }

  #enter(terms: EnterTerms): void {
    const { flights, name } = this.#terms;
    void flights.enter(name, terms).then((entered) => this.#subject.guarded(() => this.#entered(entered, terms)));
  }

  #entered(entered: Entered, terms: EnterTerms): void {
    const { flight } = this.#subject;
    if (flight.ending) {
      // All followers have left meanwhile.
      if (entered.role === 'lead') entered.lead.end();
      if (entered.role === 'follow') entered.tail.leave();
      return;
    }
    if (entered.role === 'stored') {
      void this.#useStored(terms);
      return;
    }
    this.#terms.onRole(entered.role);
    if (entered.role === 'lead') this.#beginLead(entered.lead);
    else if (entered.role === 'follow') this.#follow(entered.tail);
    else this.#subject.run();
  }

  #beginLead(lead: Lead): void {
    const { flight } = this.#subject;
    this.#lead = lead;
    flight.watch(this);
    lead.begin({
      wanted: () => this.#writeSoFar(),
      get isFollowed() {
        return flight.followers > 0;
      },
      deserted: () => flight.release(),
    });
    this.#subject.run();
  }

  #writeSoFar(): void {
    const { head, log } = this.#subject.flight;
    this.#isWanted = true;
    if (!log) {
      // Too much has come since: who follows is told so.
      this.#lead?.end();
      return;
    }
    if (head) this.#lead?.write(this.#headFrame(head));
    for (const bytes of log) this.#lead?.write({ kind: 'chunk', bytes });
  }

  #headFrame(head: AnswerHead): Frame {
    return headFrame({ head, own: this.#subject.own });
  }

  #follow(tail: Tail): void {
    this.#tail = tail;
    this.#subject.flight.control({
      pause: () => tail.pause(),
      resume: () => tail.resume(),
      abort: () => tail.leave(),
    });
    tail.read({
      frame: (frame) => this.#subject.guarded(() => this.#take(frame)),
      lost: (leader) => this.#subject.guarded(() => this.#lose(leader)),
    });
  }

  #take({ kind, bytes }: Frame): void {
    const { flight } = this.#subject;
    if (flight.ending) return;
    if (kind === 'chunk') {
      flight.push(bytes);
      return;
    }
    const read = kind === 'head' ? readHead(bytes) : readEnd(bytes, flight.log);
    if (!read) {
      this.#tail?.leave();
      this.#lose();
    } else if ('head' in read) this.#subject.openShared(read.head, read.own);
    else this.#subject.finish(read);
  }

  /** Before the head followers start anew, and one of them leads; after it they have a part of an answer that is not whole. */
  #lose(leader?: string): void {
    const { flight } = this.#subject;
    this.#tail = undefined;
    if (flight.ending) return;
    if (flight.head) {
      const reason = 'the replica that made the answer was lost';
      this.#subject.finish({ ending: { kind: 'cut', reason }, ...NOTHING_MADE });
      return;
    }
    this.#terms.onRole('again');
    this.#lost += 1;
    if (this.#lost < MAX_LEADERS) this.#enter({ instead: leader });
    else this.#entered({ role: 'alone' }, {});
  }

  async #useStored(terms: EnterTerms): Promise<void> {
    const answer = await this.#terms.stored();
    this.#subject.guarded(() => {
      if (this.#subject.flight.ending) return;
      if (!answer) {
        this.#enter({ ...terms, pastStored: true });
        return;
      }
      const { head, bytes, recording } = answer;
      this.#terms.onRole('stored');
      this.#subject.openShared(head, this.#subject.own);
      this.#subject.flight.push(bytes);
      const { usage, answerId } = recording;
      this.#subject.finish({ ending: { kind: 'done' }, usage, answerId, recording });
    });
  }
}
