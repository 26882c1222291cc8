import type { PlanConfig } from '../../config/gateway.ts';
import type { TimerClock } from '../../core/clock.ts';
import type { Holder, Level as ChainLevel } from '../lookup.ts';
import type { PreferenceLevel, StoredPreferences } from '../preferences/types.ts';
import type { LevelLimits } from './chain.ts';
import type { Awaitable, Counters, Limit } from './types.ts';
import { Windows } from './windows.ts';

/** What a level of a chain may cost in a calendar month (UTC). */
export interface MonthlyCap {
  readonly level: PreferenceLevel['level'];
  /** Of the virtual key, user, team or customer. */
  readonly id: string;
  readonly cents: number;
}

export interface MonthlyCapsOptions {
  readonly counters: Pick<Counters, 'restore' | 'forget'>;
  readonly clock: TimerClock;
  /** The caps that hold for a caller now. */
  readonly capsOf: (holder: Holder | undefined) => readonly MonthlyCap[];
  /** Nano-USD that the level has spent with the operator's keys since then, by the ledger. */
  readonly spent: (cap: Pick<MonthlyCap, 'level' | 'id'>, from: number) => Promise<bigint>;
  /** Hears that the ledger could not be read; it is tried again. */
  readonly onTrouble?: (error: unknown) => void;
}

interface Counted {
  limit: Limit;
  /** The counter goes on from what the ledger says. */
  isReady: boolean;
  reading: Promise<void> | undefined;
  /** When the ledger may be read again. */
  retryAt: number;
}

/** Longest wait of a request for the ledger; then it goes on without the cap. */
const WAIT_MS = 2_000;
const RETRY_MS = 1_000;
const NO_CAPS: readonly MonthlyCap[] = [];
const NAMES = { virtual_key: 'key', user: 'user', team: 'team', customer: 'customer' } as const satisfies Readonly<
  Record<ChainLevel['kind'], MonthlyCap['level']>
>;

/** The caps of the preferences on their own levels, and that of the plan on the top of the chain. A caller without a key has none. */
export function capsOf(
  holder: Holder | undefined,
  plan: PlanConfig | undefined,
  levels: readonly PreferenceLevel[],
): readonly MonthlyCap[] {
  const top = holder?.levels.at(-1);
  const ofPlan = plan?.monthlyBudgetCents;
  if (top === undefined || (ofPlan === undefined && levels.length === 0)) return NO_CAPS;
  const caps = levels.flatMap(({ level, id, preferences: { monthlyBudgetCents: cents } }): MonthlyCap[] =>
    cents === null ? [] : [{ level, id, cents }],
  );
  return ofPlan === undefined ? caps : [...caps, { level: NAMES[top.kind], id: top.id, cents: ofPlan }];
}

/**
 * Monthly caps as limits beside those of the chain. A counter begins with what the ledger says of the month: when its cap appears,
 * after a restart, and when the cap is back after costs went by without it. From then on it counts as every other budget does.
 */
export class MonthlyCaps {
  readonly #options: MonthlyCapsOptions;
  readonly #windows = new Windows();
  /** By level and id. */
  readonly #counted = new Map<string, Counted>();

  constructor(options: MonthlyCapsOptions) {
    this.#options = options;
  }

  /** The limits that a request of the caller is asked, with counters that know the month; undefined = none. Never rejects. */
  before(holder: Holder | undefined): Awaitable<LevelLimits | undefined> {
    const caps = this.#options.capsOf(holder);
    if (caps.length === 0) return undefined;
    const waiting = caps.flatMap((cap) => this.#prepared(cap) ?? []);
    if (waiting.length === 0) return this.#limitsOf(caps);
    return this.#inTime(Promise.all(waiting)).then(() => this.#limitsOf(caps));
  }

  /** The limits that a cost of the caller is charged to. */
  counted(holder: Holder | undefined): LevelLimits | undefined {
    const caps = this.#options.capsOf(holder);
    if (this.#counted.size === 0) return undefined;
    for (const { kind, id } of holder?.levels ?? []) {
      // A cost that is not counted: the counter knows the month no more.
      if (!caps.some((cap) => cap.id === id)) this.#forget(`${NAMES[kind]}/${id}`);
    }
    return this.#limitsOf(caps);
  }

  /** For the listener of preferences: a cap that is gone may have been passed by on other replicas. */
  changed(id: string, preferences: StoredPreferences | undefined): void {
    if (typeof preferences?.monthlyBudgetCents === 'number') return;
    for (const level of Object.values(NAMES)) this.#forget(`${level}/${id}`);
  }

  #limitsOf(caps: readonly MonthlyCap[]): LevelLimits | undefined {
    const general = new Map<string, Limit>();
    for (const cap of caps) {
      const name = `${cap.level}/${cap.id}`;
      const counted = this.#counted.get(name);
      if (counted?.isReady !== true) continue;
      const least = leastOf(caps, cap);
      if (counted.limit.max !== least) counted.limit = { ...counted.limit, max: least };
      general.set(name, counted.limit);
    }
    if (general.size === 0) return undefined;
    return { level: 'monthly', general: [...general.values()], models: [], providers: new Map(), slots: [] };
  }

  /** A promise while the counter of the cap does not know the month yet. */
  #prepared(cap: MonthlyCap): Promise<void> | undefined {
    const name = `${cap.level}/${cap.id}`;
    const counted = this.#counted.get(name) ?? this.#make(name);
    if (counted.isReady) return undefined;
    if (counted.reading === undefined && this.#options.clock.now() >= counted.retryAt) {
      counted.reading = this.#read(cap, name, counted).finally(() => (counted.reading = undefined));
    }
    return counted.reading;
  }

  #make(name: string): Counted {
    const limit: Limit = {
      id: `monthly/${name}/cost`,
      level: 'monthly',
      scope: null,
      unit: 'cost',
      max: null,
      window: { kind: 'calendar', period: 'month', timeZone: 'UTC' },
      windowText: 'calendar month',
      anchor: 0,
    };
    const counted: Counted = { limit, isReady: false, reading: undefined, retryAt: 0 };
    this.#counted.set(name, counted);
    return counted;
  }

  async #read(cap: MonthlyCap, name: string, counted: Counted): Promise<void> {
    const { clock, spent, counters, onTrouble } = this.#options;
    try {
      const { start } = this.#windows.at(counted.limit.window, 0, clock.now());
      const used = await spent(cap, start);
      if (this.#counted.get(name) !== counted) return;
      await counters.restore({ epoch: undefined, counters: [{ limit: counted.limit, used, start }] });
      counted.isReady = true;
    } catch (error) {
      counted.retryAt = clock.now() + RETRY_MS;
      onTrouble?.(error);
    }
  }

  #forget(name: string): void {
    const counted = this.#counted.get(name);
    if (counted === undefined) return;
    this.#counted.delete(name);
    void this.#options.counters.forget([counted.limit]);
  }

  async #inTime(work: Promise<unknown>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(WAIT_MS, resolve);
    await Promise.race([work, promise]).finally(cancel);
  }
}

/** Whole cents; what is none is reached with the cent that it lies in. */
function leastOf(caps: readonly MonthlyCap[], { level, id }: MonthlyCap): bigint {
  const own = caps.filter((cap) => cap.level === level && cap.id === id);
  return BigInt(Math.ceil(Math.min(...own.map(({ cents }) => cents))));
}
