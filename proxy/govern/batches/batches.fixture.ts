import { ManualClock } from '../../core/clock.ts';
import type { JsonObject } from '../../core/json.ts';
import { migrate } from '../../database/migrate.ts';
import { openDatabase, type Connection } from '../../database/open.ts';
import type { Charge } from '../../governance/limits/types.ts';
import { governedBed, holderOf, HOUR_MS, keyEntry } from '../../pipeline/governed/governed.fixture.ts';
import type { MadeBatch } from '../../pipeline/governed/batches.ts';
import type { Endpoint } from '../../routing/types.ts';
import { SqlBatches } from '../../usage/batches/sql-batches.ts';
import type { LedgerRow } from '../../usage/ledger.ts';
import { compilePrice } from '../../usage/price.ts';
import { SqlLedger } from '../../usage/sql-ledger.ts';
import { Batches, type BatchesOptions } from './batches.ts';

export const endpoint: Endpoint = {
  id: 'gpt-4o/a',
  provider: 'openai',
  origin: 'http://127.0.0.1:1',
  basePath: '/v1',
  credential: { kind: 'key', value: 'k' },
  weight: 1,
  headers: {},
};

/** US dollars per million tokens. */
export const PRICE = { input: 2, output: 10 };

export function findPrice(entry: object = PRICE) {
  const price = compilePrice(entry);
  return ({ model }: { readonly model: string }) =>
    price && model !== 'unpriced' ? ({ source: 'catalog', entry, price, stale: false } as const) : undefined;
}

export const MADE: MadeBatch = {
  id: 'batch_1',
  endpoint: endpoint.id,
  api: 'openai',
  model: null,
  credential: null,
  virtualKeyId: 'k1',
  userId: 'u1',
  teamId: null,
  customerId: null,
};

export const USAGE = { input_tokens: 1_000_000, output_tokens: 100_000, total_tokens: 1_100_000 };
/** With `PRICE`, for half of it. */
export const COST = 1_500_000_000n;

export function completed(changes: JsonObject = {}): JsonObject {
  return { id: 'batch_1', object: 'batch', status: 'completed', model: 'gpt-4o', usage: USAGE, ...changes };
}

export interface BatchesBed {
  readonly clock: ManualClock;
  readonly database: Connection;
  readonly batches: Batches;
  /** Paths that the endpoint was asked for. */
  readonly asked: string[];
  /** What it answers, by path; `away` and `gone` are replies, another text stands for itself. */
  readonly answers: Map<string, JsonObject | string>;
  readonly booked: string[];
  readonly troubles: unknown[];
  readonly heard: string[];
  /** Another replica of the same database, with its own clock's time. */
  replica(): Batches;
  rows(): Promise<readonly LedgerRow[]>;
  /** What the key has spent, in nano-dollars. */
  spent(): Promise<bigint>;
}

export async function batchesBed(changes: Partial<BatchesOptions> = {}, price: object = PRICE): Promise<BatchesBed> {
  const clock = new ManualClock();
  const database = await openDatabase({ kind: 'sqlite', path: ':memory:' });
  await migrate(database);
  const charges: Charge[] = [];
  const { tools, heard } = governedBed(clock, holderOf(keyEntry()), {
    budget: { id: 'b', max: 10n ** 12n, window: { ms: 1_000 * HOUR_MS, anchor: clock.now() } },
  });
  const { directory, book, counters, watch } = tools;
  const [asked, booked, troubles]: [string[], string[], unknown[]] = [[], [], []];
  const answers: BatchesBed['answers'] = new Map();
  const replica = (): Batches => {
    const made = new Batches({
      clock,
      store: new SqlBatches(database),
      directory,
      book,
      watch,
      counters: {
        charge: (given) => {
          charges.push(...given);
          return counters.charge(given);
        },
      },
      ask: (_endpoint, { path, read }) => {
        asked.push(path);
        const answer = answers.get(path) ?? 'away';
        if (answer === 'away' || answer === 'gone') return Promise.resolve(answer);
        const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
        return Promise.resolve(read(Buffer.from(text)) ? 'whole' : 'cut');
      },
      open: () => undefined,
      onBooked: ({ id }, cost) => void booked.push(`${id} ${String(cost)}`),
      onTrouble: (error) => void troubles.push(error),
      ...changes,
    });
    made.configure({ prices: { find: findPrice(price) }, places: [{ model: 'gpt-4o', endpoint }] });
    return made;
  };
  return {
    clock,
    database,
    batches: replica(),
    asked,
    answers,
    booked,
    troubles,
    heard,
    replica,
    rows: async () => new SqlLedger(database).recent({ limit: 100 }),
    spent: () =>
      Promise.resolve(
        charges.filter(({ limit }) => limit.unit === 'cost').reduce((sum, { amount }) => sum + amount, 0n),
      ),
  };
}
