import { LRUCache } from 'lru-cache';
import { type CancelTimer, systemClock } from '../core/clock.ts';
import { ANSWER_LIMIT, AVOIDED_SCHEMAS, CHECKER_LIMITS, type CheckerLimits } from './limits.ts';
import { JudgingProcess } from './judging-process.ts';
import type { SchemaQuestion, SchemaVerdict, UncheckedReason } from './types.ts';

interface Job {
  readonly question: SchemaQuestion;
  readonly body: Uint8Array;
  readonly resolve: (verdict: SchemaVerdict) => void;
  stopTimer: CancelTimer;
}

/**
 * Checks answers against the schemas of their requests, one after the other, in a process that is started with the first check.
 * Every check ends within the limits of time: what cannot be told by then is `unchecked`, and a process that is still busy with it
 * is ended.
 */
export class SchemaChecker {
  readonly #limits: CheckerLimits;
  readonly #waiting = new Set<Job>();
  readonly #avoided: LRUCache<string, UncheckedReason>;
  #running: Job | undefined;
  #process: JudgingProcess | undefined;
  #closed = false;

  constructor(limits: Partial<CheckerLimits> = {}) {
    this.#limits = { ...CHECKER_LIMITS, ...limits };
    this.#avoided = new LRUCache({ max: AVOIDED_SCHEMAS, ttl: this.#limits.avoidMs });
  }

  /** `body`: the whole JSON answer, in the protocol of the client. Never rejects. */
  check(question: SchemaQuestion, body: Uint8Array): Promise<SchemaVerdict> {
    const why = this.#refusal(question, body);
    if (why !== undefined) return Promise.resolve({ kind: 'unchecked', why });
    const { promise, resolve } = Promise.withResolvers<SchemaVerdict>();
    const job: Job = { question, body, resolve, stopTimer: () => undefined };
    job.stopTimer = systemClock.after(this.#limits.waitMs, () => {
      this.#waiting.delete(job);
      resolve({ kind: 'unchecked', why: 'out_of_time' });
    });
    this.#waiting.add(job);
    this.#next();
    return promise;
  }

  /** Ends the process; checks that are under way end unchecked. */
  close(): void {
    this.#closed = true;
    this.#process?.end();
    this.#process = undefined;
    for (const job of [...this.#waiting, ...(this.#running ? [this.#running] : [])]) {
      job.stopTimer();
      job.resolve({ kind: 'unchecked', why: 'closed' });
    }
    this.#waiting.clear();
    this.#running = undefined;
  }

  #refusal({ unusable, digest }: SchemaQuestion, body: Uint8Array): UncheckedReason | undefined {
    if (this.#closed) return 'closed';
    if (unusable !== undefined) return unusable;
    if (body.length > ANSWER_LIMIT) return 'answer_too_large';
    const avoided = this.#avoided.get(digest);
    if (avoided !== undefined) return avoided;
    return this.#waiting.size >= this.#limits.waiting ? 'queue_full' : undefined;
  }

  /** Takes the next check, where none is running. */
  #next(): void {
    const [job] = this.#waiting;
    if (this.#running || !job) return;
    this.#waiting.delete(job);
    job.stopTimer();
    this.#running = job;
    try {
      this.#process ??= this.#start();
      this.#bound(job, this.#process.isReady ? this.#limits.checkMs : this.#limits.startMs);
      this.#process.ask({ ...job.question, body: job.body });
    } catch {
      // No process can be had now.
      this.#abandon('failed');
    }
  }

  #start(): JudgingProcess {
    return new JudgingProcess({
      // The time of the first check begins once the process can take it.
      ready: () => this.#running && this.#bound(this.#running, this.#limits.checkMs),
      verdict: (verdict) => this.#ended(verdict),
      broken: () => this.#abandon('failed'),
    });
  }

  #bound(job: Job, ms: number): void {
    job.stopTimer();
    job.stopTimer = systemClock.after(ms, () => this.#abandon('out_of_time'));
  }

  /** The process is of no use any more; the next check starts another one. */
  #abandon(why: 'out_of_time' | 'failed'): void {
    this.#process?.end();
    this.#process = undefined;
    if (this.#running) this.#avoided.set(this.#running.question.digest, why);
    this.#ended({ kind: 'unchecked', why });
  }

  #ended(verdict: SchemaVerdict): void {
    const job = this.#running;
    if (!job) return;
    this.#running = undefined;
    job.stopTimer();
    job.resolve(verdict);
    this.#next();
  }
}
