export type Awaitable<T> = T | Promise<T>;

/** What a counter counts. `requests` and `tokens` are plain numbers; amounts of `cost` are nano-USD. */
export type Unit = 'requests' | 'tokens' | 'cost';

/** `monthly`: the cap of a calendar month, on whatever level of the chain. */
export type Level = 'key' | 'user' | 'team' | 'customer' | 'monthly';

/** `ms` after the last reset the window begins anew; or at midnight of the named zone (weeks begin on Monday). */
export type Window =
  | { readonly kind: 'fixed'; readonly ms: number }
  | { readonly kind: 'calendar'; readonly period: 'day' | 'week' | 'month'; readonly timeZone: string };

/** What of the level's requests the limit concerns; null = all of them. */
export type LimitScope = { readonly kind: 'model' | 'provider'; readonly name: string } | null;

/**
 * One counter and what it may reach. Everything but `id` may change between two calls and acts on the next one; usage is
 * kept under `id` alone, so an edit never changes it.
 */
export interface Limit {
  readonly id: string;
  readonly level: Level;
  readonly scope: LimitScope;
  readonly unit: Unit;
  /** Requests, tokens, or whole cents for `cost`; null = counted and never refused. */
  readonly max: bigint | null;
  readonly window: Window;
  /** The window as it was written, for sentences: `1h`, `calendar month`. */
  readonly windowText: string;
  /** Where the first window begins, in ms since the epoch; matters only while the counter has no state. */
  readonly anchor: number;
}

/** `take`: one request is added, if all claims allow it. `check`: refused once usage ≥ max. `watch`: only read. */
export type ClaimMode = 'take' | 'check' | 'watch';

export interface Claim {
  readonly limit: Limit;
  readonly mode: ClaimMode;
}

/** Requests that may run at a time. */
export interface SlotLimit {
  readonly id: string;
  readonly level: Level;
  readonly max: number;
}

export interface Ask {
  /** In the order of the gates; all of them are granted or none. */
  readonly claims: readonly Claim[];
  readonly slots?: readonly SlotLimit[];
}

/** A counter at one moment. Times are on the clock of the counters (that of Redis, where there is one). */
export interface Reading {
  readonly limit: Limit;
  /** Requests, tokens or nano-USD in the window. */
  readonly used: bigint;
  /** Begin of the window (`last_reset`), inclusive. */
  readonly start: number;
  /** End of the window, exclusive. */
  readonly end: number;
}

export interface ClaimReading extends Reading {
  readonly blocked: boolean;
}

export interface SlotReading {
  readonly slot: SlotLimit;
  /** Slots that others hold. */
  readonly used: number;
  readonly blocked: boolean;
}

/** What was taken, to be given back or released by exactly this. */
export interface Reservation {
  readonly id: string;
  readonly taken: readonly { readonly limit: Limit; readonly start: number }[];
  readonly slots: readonly SlotLimit[];
}

export interface Admission {
  readonly now: number;
  /** One a claim, in their order. After a grant they include what was taken. */
  readonly readings: readonly ClaimReading[];
  readonly slots: readonly SlotReading[];
  /** Undefined = refused, and nothing was taken. */
  readonly reservation: Reservation | undefined;
}

export interface Charge {
  readonly limit: Limit;
  /** Tokens or nano-USD; what is negative counts as 0. */
  readonly amount: bigint;
}

export interface Charged extends Reading {
  readonly amount: bigint;
}

/** Usage as it is kept outside the counters. `epoch` names the life of the Redis that it was read from. */
export interface Snapshot {
  readonly epoch: string | undefined;
  readonly counters: readonly SnapshotRow[];
}

export interface SnapshotRow {
  readonly limit: Limit;
  readonly used: bigint;
  readonly start: number;
}

/**
 * Usage of all limits. Nothing here throws or rejects for a store that is away. Amounts saturate at 9 * 10^15 requests,
 * tokens or cents.
 */
export interface Counters {
  reserve(ask: Ask): Awaitable<Admission>;
  /** Adds to the windows that are open now. */
  charge(charges: readonly Charge[]): Awaitable<readonly Charged[]>;
  /** Takes the requests off again, where their window is still the one they were counted in. */
  giveBack(reservation: Reservation): Awaitable<void>;
  /** Ends the slots of the reservation; a second time does nothing. */
  release(reservation: Reservation): Awaitable<void>;
  read(limits: readonly Limit[]): Awaitable<readonly Reading[]>;
  /** Zero, in a window that begins now. */
  reset(limits: readonly Limit[]): Awaitable<void>;
  /** Takes over what was kept, where nothing newer is known. Before the first request. */
  restore(snapshot: Snapshot): Awaitable<void>;
  /** What this process knows of counters that were used. */
  snapshot(): Snapshot;
  /** The part of it that has changed since the last call. */
  changed(): Snapshot;
  /** Ends counters whose entity was deleted. */
  forget(limits: readonly Limit[]): Awaitable<void>;
  close(): void;
}
