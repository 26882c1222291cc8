import { ManualClock } from '../core/clock.ts';
import type { Json } from '../core/json.ts';
import { Secret } from '../core/secret.ts';
import type { DatabaseAddress } from '../database/address.ts';
import { openDatabase, type Connection } from '../database/open.ts';
import type { BudgetUnit } from './amounts.ts';
import type { GovernanceCounters, KeyUsage, ResetRequest, ScopeUsage } from './counters.ts';
import type { CredentialSettings } from './provider-keys.ts';
import { Governance, type ChangeBus, type GovernanceOptions } from './governance.ts';

/** Counters that hold what a test has put into them. */
export class FakeCounters implements GovernanceCounters {
  readonly used = new Map<string, ScopeUsage>();
  readonly keys: KeyUsage[] = [];
  readonly resets: ResetRequest[] = [];
  readonly forgotten: string[] = [];
  away: string | undefined;

  read(scopeIds: readonly string[]): Promise<ReadonlyMap<string, ScopeUsage>> {
    const wanted = new Set(scopeIds);
    return Promise.resolve(new Map([...this.used].filter(([id]) => wanted.has(id))));
  }

  reset(request: ResetRequest): Promise<void> {
    this.resets.push(request);
    for (const id of request.scopeIds) this.used.delete(id);
    return Promise.resolve();
  }

  usage(keyIds?: readonly string[]): Promise<readonly KeyUsage[]> {
    return Promise.resolve(this.keys.filter(({ keyId }) => keyIds?.includes(keyId) ?? true));
  }

  forget({ scopeIds }: { readonly scopeIds: readonly string[] }): Promise<void> {
    this.forgotten.push(...scopeIds);
    return Promise.resolve();
  }

  dump(): Promise<readonly object[]> {
    return Promise.resolve([...this.used.keys()].map((id) => ({ id })));
  }

  trouble(): Promise<string | undefined> {
    return Promise.resolve(this.away);
  }
}

/** Subscribers hear of a change when the test says so. */
export class FakeBus implements ChangeBus {
  readonly #subscribers = new Set<() => void>();
  published = 0;

  publish(): void {
    this.published += 1;
  }

  subscribe(onChange: () => void): () => void {
    this.#subscribers.add(onChange);
    return () => void this.#subscribers.delete(onChange);
  }

  deliver(): void {
    for (const hear of this.#subscribers) hear();
  }
}

export const MASTER = 'a master key for tests, and for nothing else';

export interface GovernanceBed {
  readonly governance: Governance;
  readonly database: Connection;
  readonly clock: ManualClock;
  readonly counters: FakeCounters;
  readonly bus: FakeBus;
  readonly reports: (string | undefined)[];
  /** What the listener of entries has heard, in its order. */
  readonly heard: string[];
  close(): Promise<void>;
}

export interface BedOptions {
  readonly address?: DatabaseAddress;
  readonly unit?: BudgetUnit;
  readonly master?: string;
  readonly clock?: ManualClock;
  readonly deletingUser?: GovernanceOptions['deletingUser'];
  readonly unique?: CredentialSettings['unique'];
  readonly onUnreadable?: CredentialSettings['onUnreadable'];
}

/** Governance over a database of its own, in memory unless `address` names one. */
export async function governanceBed(options: BedOptions = {}): Promise<GovernanceBed> {
  const database = await openDatabase(options.address ?? { kind: 'sqlite', path: ':memory:' });
  const { clock = new ManualClock() } = options;
  const [counters, bus, reports, heard] = [
    new FakeCounters(),
    new FakeBus(),
    [] as (string | undefined)[],
    [] as string[],
  ];
  const governance = new Governance({
    database,
    clock,
    master: new Secret(options.master ?? MASTER),
    counters,
    bus,
    unit: () => options.unit ?? 'cents',
    plans: () => ['free', 'pro'],
    deletingUser: async (db, id) => options.deletingUser?.(db, id),
    report: (trouble) => void reports.push(trouble),
    credentials: {
      unique: options.unique ?? (() => 'provider'),
      word: (canonical) => (canonical === 'gemini' ? 'google' : canonical),
      onUnreadable: options.onUnreadable ?? (() => undefined),
      onTrouble: (error) => void reports.push(String(error)),
    },
    onEntry: (kind, _id, entry) => void heard.push(`${kind} ${entry === undefined ? 'gone' : entry.name}`),
  });
  await governance.start();
  return {
    governance,
    database,
    clock,
    counters,
    bus,
    reports,
    heard,
    close: async () => {
      governance.close();
      await database.close();
    },
  };
}

/** A member of an entity that is text, such as its id. */
export function textOf(entity: Readonly<Record<string, Json>>, name: string): string {
  const value = entity[name];
  if (typeof value !== 'string') throw new Error(`${name} is not text`);
  return value;
}
