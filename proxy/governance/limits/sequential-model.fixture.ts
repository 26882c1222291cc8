import type { ManualClock } from '../../core/clock.ts';
import { array, constantFrom, integer, nat, oneof, record, type Arbitrary } from 'fast-check';
import { makeLimit, START } from './limits.fixture.ts';
import type { Counters, Limit, Reservation } from './types.ts';

/** What may happen; `replica`, `request` and `limit` choose by remainder. */
export type Operation =
  | { readonly kind: 'reserve'; readonly replica: number; readonly cut: number }
  | { readonly kind: 'settle'; readonly replica: number; readonly request: number; readonly amount: number }
  | { readonly kind: 'fail'; readonly replica: number; readonly request: number }
  | { readonly kind: 'reset'; readonly replica: number; readonly limit: number }
  | { readonly kind: 'edit'; readonly limit: number; readonly max: number; readonly ms: number }
  | { readonly kind: 'jump'; readonly ms: number };

const replica = nat(1);

export const operations: Arbitrary<Operation[]> = array(
  oneof(
    { weight: 6, arbitrary: record({ kind: constantFrom('reserve' as const), replica, cut: nat(6) }) },
    {
      weight: 4,
      arbitrary: record({ kind: constantFrom('settle' as const), replica, request: nat(9), amount: nat(15_000_000) }),
    },
    { weight: 2, arbitrary: record({ kind: constantFrom('fail' as const), replica, request: nat(9) }) },
    { weight: 1, arbitrary: record({ kind: constantFrom('reset' as const), replica, limit: nat(9) }) },
    {
      weight: 1,
      arbitrary: record({
        kind: constantFrom('edit' as const),
        limit: nat(9),
        max: nat(6),
        ms: integer({ min: 1, max: 50 }),
      }),
    },
    { weight: 3, arbitrary: record({ kind: constantFrom('jump' as const), ms: integer({ min: -40, max: 90 }) }) },
  ),
  { maxLength: 60 },
);

export function startingChain(): Limit[] {
  const fixed = (ms: number) => ({ kind: 'fixed', ms }) as const;
  return [
    makeLimit('requests', 3, { id: 'key/requests', window: fixed(20) }),
    makeLimit('tokens', 40_000_000, { id: 'key/tokens', window: fixed(30), anchor: START - 7 }),
    makeLimit('cost', 4, { id: 'key/cost', window: fixed(400) }),
    makeLimit('cost', 6, { id: 'team/cost', level: 'team', window: fixed(250) }),
    makeLimit('requests', 5, { id: 'customer/requests', level: 'customer', window: fixed(70), anchor: START - 69 }),
    makeLimit('cost', null, { id: 'customer/cost', level: 'customer', window: fixed(10) }),
  ];
}

/** The rules in their plainest form: one operation after the other, a window at a time. */
export class SequentialModel {
  readonly #states = new Map<string, { used: bigint; start: number }>();
  readonly #clock: ManualClock;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  /** Starts of the windows in which the requests were counted, or undefined when refused. */
  reserve(limits: readonly Limit[]): Map<string, number> | undefined {
    const states = limits.map((limit) => this.state(limit));
    const full = limits.some(({ max, unit }, index) => {
      const used = states[index]?.used ?? 0n;
      return max !== null && (unit === 'cost' ? used / 10_000_000n : used) >= max;
    });
    if (full) return undefined;
    const counted = new Map<string, number>();
    for (const [index, limit] of limits.entries()) {
      const state = states[index];
      if (limit.unit !== 'requests' || state === undefined) continue;
      this.#states.set(limit.id, { ...state, used: state.used + 1n });
      counted.set(limit.id, state.start);
    }
    return counted;
  }

  charge(limit: Limit, amount: bigint): void {
    const state = this.state(limit);
    this.#states.set(limit.id, { ...state, used: state.used + amount });
  }

  giveBack(limits: readonly Limit[], counted: ReadonlyMap<string, number>): void {
    for (const limit of limits) {
      const state = this.state(limit);
      if (counted.get(limit.id) !== state.start) continue;
      this.#states.set(limit.id, { ...state, used: state.used > 0n ? state.used - 1n : 0n });
    }
  }

  reset(limit: Limit): void {
    const last = this.#states.get(limit.id)?.start ?? limit.anchor;
    const now = this.#clock.now();
    this.#states.set(limit.id, { used: 0n, start: last === now ? now + 1 : now });
  }

  /** What a look at the counter shows now; a look changes nothing. */
  state(limit: Limit): { used: bigint; start: number } {
    let { used, start } = this.#states.get(limit.id) ?? { used: 0n, start: limit.anchor };
    const ms = limit.window.kind === 'fixed' ? limit.window.ms : Number.POSITIVE_INFINITY;
    while (this.#clock.now() >= start + ms) {
      start += ms;
      used = 0n;
    }
    return { used, start };
  }
}

interface Running {
  readonly limits: readonly Limit[];
  readonly reservation: Reservation;
  readonly counted: ReadonlyMap<string, number>;
}

/** Runs the operations on the replicas and on the model; returns the first difference in words. */
export async function differenceFromModel(
  replicas: readonly Counters[],
  clock: ManualClock,
  steps: readonly Operation[],
): Promise<string | undefined> {
  const model = new SequentialModel(clock);
  const chain = startingChain();
  const running: Running[] = [];
  const at = <T>(all: readonly T[], index: number): T => all[index % all.length] as T;
  for (const step of steps) {
    if (step.kind === 'reserve') {
      const limits = chain.slice(step.cut % 3);
      const claims = limits.map((limit) => ({
        limit,
        mode: limit.unit === 'requests' ? ('take' as const) : ('check' as const),
      }));
      const { reservation } = await at(replicas, step.replica).reserve({ claims });
      const counted = model.reserve(limits);
      if ((reservation === undefined) !== (counted === undefined)) return `${JSON.stringify(step)}: granted differs`;
      if (reservation && counted) running.push({ limits, reservation, counted });
    } else if (step.kind === 'settle' && running.length > 0) {
      const [{ limits }] = running.splice(step.request % running.length, 1) as [Running];
      const charged = limits.filter(({ unit }) => unit !== 'requests');
      await at(replicas, step.replica).charge(charged.map((limit) => ({ limit, amount: BigInt(step.amount) })));
      for (const limit of charged) model.charge(limit, BigInt(step.amount));
    } else if (step.kind === 'fail' && running.length > 0) {
      const [{ limits, reservation, counted }] = running.splice(step.request % running.length, 1) as [Running];
      await at(replicas, step.replica).giveBack(reservation);
      model.giveBack(limits, counted);
    } else if (step.kind === 'reset') {
      const limit = at(chain, step.limit);
      await at(replicas, step.replica).reset([limit]);
      model.reset(limit);
    } else if (step.kind === 'edit') {
      const index = step.limit % chain.length;
      const edited = { ...at(chain, index), max: BigInt(step.max), window: { kind: 'fixed', ms: step.ms } as const };
      chain[index] = edited;
    } else if (step.kind === 'jump') clock.advance(step.ms);
    const fault = await compared(replicas, model, chain);
    if (fault !== undefined) return `${JSON.stringify(step)}: ${fault}`;
  }
  return undefined;
}

async function compared(
  replicas: readonly Counters[],
  model: SequentialModel,
  chain: readonly Limit[],
): Promise<string | undefined> {
  for (const counters of replicas) {
    for (const { limit, used, start } of await counters.read(chain)) {
      const wanted = model.state(limit);
      if (used !== wanted.used || start !== wanted.start) {
        return `${limit.id} is ${used} since ${start}, not ${wanted.used} since ${wanted.start}`;
      }
    }
  }
  return undefined;
}
