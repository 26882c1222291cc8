import { randomUUID } from 'node:crypto';
import type { TimerClock } from '../../core/clock.ts';
import type { Command, RedisClient } from '../../redis/client.ts';
import { UNAVAILABLE } from '../../redis/unavailable.ts';
import { admissionOf } from './admission.ts';
import { chunks } from './chunks.ts';
import { Leases } from './leases.ts';
import { MemoryCounters } from './memory-counters.ts';
import { Outbox } from './outbox.ts';
import { readAnswer, rowsOf, ScriptCommands } from './script-commands.ts';
import type { Adjustment, CallTerms, Change, ScriptAnswer } from './script-commands.ts';
import type {
  Admission,
  Ask,
  Charge,
  Charged,
  Counters,
  Limit,
  Reading,
  Reservation,
  Snapshot,
  SnapshotRow,
} from './types.ts';
import { Windows } from './windows.ts';

/** A lease of a process that died ends after this time. */
const LEASE_MS = 60_000;
/** Pause between two attempts to send what Redis has not confirmed. */
const RETRY_MS = 2_000;
/** How often a calendar is worked out anew for the clock of Redis. */
const CALENDAR_TRIES = 3;
/** Counters of one call of a script. */
const CHUNK = 100;

export type CountersClient = Pick<RedisClient, 'keys' | 'available' | 'refusal' | 'send' | 'onUp' | 'clockAheadMs'>;

export interface SharedCountersOptions {
  readonly client: CountersClient;
  readonly clock: TimerClock;
  readonly leaseMs?: number;
  /** `local`: limits go on from this process's memory. `shared`: what was counted meanwhile has been merged. */
  readonly onEvent?: (event: 'local' | 'shared') => void;
  /** Instead of the clock of Redis; for tests. */
  readonly time?: () => number;
}

/**
 * Counters in Redis, one for all replicas. Each call is one round trip of one script. While Redis is away the last known
 * usage is carried on in memory, and what was added, given back or reset is merged once it is back, each change once even
 * if the answer to it was lost. What a Redis that lost its data had known is brought back from the replicas' memories.
 */
export class SharedCounters implements Counters {
  readonly #client: CountersClient;
  readonly #clock: TimerClock;
  readonly #time: (() => number) | undefined;
  readonly #leaseMs: number;
  readonly #onEvent: (event: 'local' | 'shared') => void;
  readonly #local: MemoryCounters;
  readonly #commands: ScriptCommands;
  readonly #outbox = new Outbox();
  readonly #leases: Leases;
  /** What Redis said last of each counter. */
  readonly #mirror = new Map<string, SnapshotRow>();
  readonly #windows = new Windows();
  readonly #stopListening: () => void;
  #lost: SnapshotRow[] = [];
  #epoch: string | undefined;
  #isLocal = false;
  #retry: (() => void) | undefined;
  #closed = false;

  constructor(options: SharedCountersOptions) {
    this.#client = options.client;
    this.#clock = options.clock;
    this.#time = options.time;
    this.#leaseMs = options.leaseMs ?? LEASE_MS;
    this.#onEvent = options.onEvent ?? (() => undefined);
    this.#local = new MemoryCounters({ now: () => this.#now(), windows: this.#windows });
    this.#commands = new ScriptCommands({
      keys: this.#client.keys,
      windows: this.#windows,
      replica: randomUUID(),
      time: options.time,
      seedOf: (limit) => this.#seedOf(limit),
    });
    this.#leases = new Leases({
      clock: this.#clock,
      leaseMs: this.#leaseMs,
      renew: (leases) => void this.#client.send([this.#commands.renew(leases, this.#leaseMs)]),
    });
    this.#stopListening = this.#client.onUp(() => {
      this.#flush();
      this.#leases.renew();
    });
  }

  /** Whether limits go on from this process's memory. */
  get isLocal(): boolean {
    return this.#isLocal;
  }

  async reserve(ask: Ask): Promise<Admission> {
    const id = randomUUID();
    const { seq, answer } = await this.#reserve(ask, id);
    if (answer === undefined) return this.#reserveLocally(ask, id, seq);
    this.#outbox.settled(seq);
    const limits = ask.claims.map(({ limit }) => limit);
    const seen = {
      readings: rowsOf(limits, answer).map((row) => this.#reading(row, answer.now)),
      slotsUsed: answer.values.slice(limits.length * 3),
    };
    const admission = admissionOf(ask, id, answer.now, seen);
    this.#learn(admission.readings, answer.epoch);
    if (admission.reservation !== undefined) this.#hold(admission.reservation);
    return admission;
  }

  async charge(charges: readonly Charge[]): Promise<readonly Charged[]> {
    const wanted = charges.map(({ limit, amount }) => ({ limit, amount: amount > 0n ? amount : 0n }));
    if (wanted.length === 0) return [];
    const entries = wanted.map((one): Adjustment => ({ ...one, since: 0, ifApplied: 0n }));
    const { seq, answer } = await this.#change({ rule: 'any', entries });
    if (answer === undefined) {
      const charged = this.#local.charge(wanted);
      this.#keepLocal(
        seq,
        charged.map(({ limit, start, amount }) => ({ limit, since: start, amount, ifApplied: 0n })),
      );
      return charged;
    }
    const rows = rowsOf(
      wanted.map(({ limit }) => limit),
      answer,
    );
    return rows.map((row, index) => ({ ...this.#reading(row, answer.now), amount: wanted[index]?.amount ?? 0n }));
  }

  async giveBack(reservation: Reservation): Promise<void> {
    if (reservation.taken.length === 0) return;
    const entries = reservation.taken.map(({ limit, start }): Adjustment => ({
      limit,
      since: start,
      amount: -1n,
      ifApplied: 0n,
    }));
    const { seq, answer } = await this.#change({ rule: 'same', entries });
    if (answer !== undefined) return;
    const open = new Set(this.#local.giveBackOpen(reservation).map(({ limit }) => limit.id));
    this.#keepLocal(
      seq,
      entries.filter(({ limit }) => open.has(limit.id)),
    );
  }

  async release(reservation: Reservation): Promise<void> {
    if (!this.#leases.end(reservation.id)) return;
    this.#local.release(reservation);
    await this.#client.send(this.#commands.release(reservation.slots, reservation.id));
  }

  async read(limits: readonly Limit[]): Promise<readonly Reading[]> {
    const parts = await Promise.all(chunks(limits, CHUNK).map((part) => this.#read(part)));
    return parts.flat();
  }

  async #read(limits: readonly Limit[]): Promise<readonly Reading[]> {
    const claims = limits.map((limit) => ({ limit, mode: 'watch' as const }));
    const { seq, answer } = await this.#reserve({ claims }, '');
    this.#outbox.settled(seq);
    if (answer === undefined) return this.#local.read(limits);
    const rows = rowsOf(limits, answer);
    this.#learn(rows, answer.epoch);
    return rows.map((row) => this.#reading(row, answer.now));
  }

  async reset(limits: readonly Limit[]): Promise<void> {
    if (limits.length === 0) return;
    this.#local.reset(limits);
    if (!this.#isReachable()) {
      this.#goLocal();
      for (const { limit, start } of this.#local.rowsFor(limits)) this.#outbox.reset(limit, start);
      return;
    }
    for (const part of chunks(limits, CHUNK)) {
      const entries = part.map((limit) => ({ limit, start: undefined }));
      this.#outbox.keep({ kind: 'reset', seq: this.#outbox.next(), ref: 0, entries });
    }
    await this.#sendWaiting();
  }

  restore({ epoch, counters }: Snapshot): void {
    this.#epoch ??= epoch;
    this.#local.restore({ epoch, counters });
    for (const row of counters) if (!this.#mirror.has(row.limit.id)) this.#mirror.set(row.limit.id, row);
  }

  snapshot(): Snapshot {
    return { epoch: this.#epoch, counters: this.#local.rows() };
  }

  changed(): Snapshot {
    return { epoch: this.#epoch, counters: this.#local.changed().counters };
  }

  async forget(limits: readonly Limit[]): Promise<void> {
    if (limits.length === 0) return;
    this.#local.forget(limits);
    for (const limit of limits) {
      this.#mirror.delete(limit.id);
      this.#outbox.forget(limit);
    }
    await Promise.all(chunks(limits, CHUNK).map((part) => this.#client.send([this.#commands.forget(part)])));
  }

  close(): void {
    this.#closed = true;
    this.#stopListening();
    this.#retry?.();
    this.#leases.close();
    this.#local.close();
  }

  /** A Redis that is full or read-only is as good as away. */
  get #isUsable(): boolean {
    return this.#client.available && this.#client.refusal === undefined;
  }

  /** Before something new is sent, what waits is on its way. */
  #isReachable(): boolean {
    if (this.#isUsable && !this.#outbox.isEmpty) this.#flush();
    return this.#isUsable;
  }

  #now(): number {
    return this.#time?.() ?? this.#clock.now() + this.#client.clockAheadMs;
  }

  #seedOf(limit: Limit): SnapshotRow {
    const { used, start } = this.#mirror.get(limit.id) ?? { used: 0n, start: limit.anchor };
    return { limit, used, start };
  }

  #reading(row: SnapshotRow, now: number): Reading {
    return { ...row, end: this.#windows.at(row.limit.window, row.start, now).end };
  }

  /** Redis's verdict; no answer when it is away. The number is 0 when nothing was sent. */
  async #reserve(ask: Ask, id: string): Promise<{ seq: number; answer: ScriptAnswer | undefined }> {
    if (!this.#isReachable()) return { seq: 0, answer: undefined };
    const seq = this.#outbox.next();
    const lease = { id, ms: this.#leaseMs };
    return { seq, answer: await this.#call((terms) => this.#commands.reserve(ask, lease, seq, terms)) };
  }

  #reserveLocally(ask: Ask, id: string, seq: number): Admission {
    const admission = this.#local.reserve(ask, id);
    const isGranted = admission.reservation !== undefined;
    const entries = admission.readings.flatMap(({ limit, start }, index): Adjustment[] =>
      ask.claims[index]?.mode === 'take'
        ? [{ limit, since: start, amount: isGranted ? 1n : 0n, ifApplied: isGranted ? 0n : -1n }]
        : [],
    );
    if (isGranted || seq > 0) this.#keepLocal(seq, entries);
    if (admission.reservation !== undefined) this.#leases.begin(admission.reservation);
    return admission;
  }

  async #change(terms: {
    rule: 'any' | 'same';
    entries: readonly Adjustment[];
  }): Promise<{ seq: number; answer: ScriptAnswer | undefined }> {
    if (!this.#isReachable()) return { seq: 0, answer: undefined };
    const seq = this.#outbox.next();
    const change: Change = { kind: 'adjust', seq, ref: 0, ...terms };
    const answer = await this.#call((call) => this.#commands.change(change, call));
    if (answer === undefined) return { seq, answer };
    this.#outbox.settled(seq);
    this.#learn(
      rowsOf(
        terms.entries.map(({ limit }) => limit),
        answer,
      ),
      answer.epoch,
    );
    return { seq, answer };
  }

  /** What was done here because no answer came: to `ref`, which Redis may have carried out, or without asking (0). */
  #keepLocal(ref: number, entries: readonly Adjustment[]): void {
    this.#goLocal();
    if (ref > 0 && !this.#outbox.isFull) {
      this.#outbox.keep({ kind: 'adjust', seq: this.#outbox.next(), ref, rule: 'open', entries });
      return;
    }
    this.#outbox.settled(ref);
    for (const { limit, since, amount } of entries) this.#outbox.add(limit, since, amount);
  }

  #goLocal(): void {
    this.#retryLater();
    if (this.#isLocal) return;
    this.#isLocal = true;
    this.#onEvent('local');
  }

  #hold(reservation: Reservation): void {
    this.#leases.begin(reservation);
    this.#local.hold(reservation);
  }

  /** Sends what is waiting, before anything that is sent after this call. */
  #flush(): void {
    void this.#sendWaiting();
  }

  async #sendWaiting(): Promise<void> {
    if (!this.#isUsable) return;
    const sent = this.#outbox.take().map((change) => this.#sendChange(change));
    sent.push(...chunks(this.#lost.splice(0), CHUNK).map((rows) => this.#sendSeeds(rows)));
    if (sent.length > 0) await Promise.all(sent);
    if (!this.#outbox.isEmpty || this.#lost.length > 0) this.#retryLater();
    else if (this.#isLocal && this.#isUsable) {
      this.#isLocal = false;
      this.#onEvent('shared');
    }
  }

  async #sendChange(change: Change): Promise<void> {
    const answer = await this.#call((terms) => this.#commands.change(change, terms));
    if (answer === undefined) {
      this.#outbox.returned(change);
      return;
    }
    this.#outbox.confirm(change);
    const limits = change.entries.map(({ limit }) => limit);
    const rows =
      change.kind === 'adjust'
        ? rowsOf(limits, answer)
        : limits.map((limit, index) => ({ limit, used: 0n, start: answer.values[index] ?? answer.now }));
    this.#learn(rows, answer.epoch);
  }

  async #sendSeeds(rows: readonly SnapshotRow[]): Promise<void> {
    const answer = await this.#call((terms) => this.#commands.seed(rows, terms));
    if (answer === undefined) {
      this.#lost.push(...rows);
      return;
    }
    const limits = rows.map(({ limit }) => limit);
    this.#learn(rowsOf(limits, answer), answer.epoch);
  }

  #retryLater(): void {
    if (this.#closed) return;
    this.#retry ??= this.#clock.after(RETRY_MS, () => {
      this.#retry = undefined;
      this.#flush();
      if (!this.#outbox.isEmpty) this.#retryLater();
    });
  }

  /** Undefined when Redis did not answer; the call may have been carried out then. */
  async #call(write: (terms: CallTerms) => Command): Promise<ScriptAnswer | undefined> {
    let now = this.#now();
    for (let tries = 0; tries < CALENDAR_TRIES; tries += 1) {
      const answers = await this.#client.send([write({ now, floor: this.#outbox.floor })]);
      if (answers === UNAVAILABLE) return undefined;
      const answer = readAnswer(answers[0]);
      if (answer === undefined || answer.status >= 0) return answer;
      now = answer.now;
    }
    return undefined;
  }

  #learn(rows: readonly SnapshotRow[], epoch: string): void {
    // Redis has lost what it knew: what this process remembers of it is brought back.
    if (this.#epoch !== undefined && epoch !== this.#epoch) {
      this.#lost = [...this.#mirror.values()].filter(({ used }) => used > 0n);
      this.#epoch = epoch;
      this.#flush();
    }
    this.#epoch = epoch;
    const news = rows.filter((row) => this.#isNews(row));
    for (const { limit, used, start } of news) this.#mirror.set(limit.id, { limit, used, start });
    this.#local.put(news.filter(({ limit }) => !this.#outbox.holds(limit)));
  }

  /** Not a counter without usage, nor one that is merely looked at after its window had ended: Redis keeps no look either. */
  #isNews({ limit, used, start }: SnapshotRow): boolean {
    const known = this.#seedOf(limit);
    if (start === known.start) return used !== known.used || this.#mirror.has(limit.id);
    return used > 0n || start < known.start || this.#windows.at(limit.window, known.start, start).start !== start;
  }
}
