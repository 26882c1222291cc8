import type { Random } from '../generation/random.ts';
import { InvalidInput, isObject, numberAt } from './check.ts';
import { anyOf, number, record, whole } from './shape.ts';
import type { Shape } from './shape.ts';

/** A number that is drawn anew for every answer. */
export type Spread =
  | { readonly uniform: { readonly from: number; readonly to: number } }
  /** Half of the draws lie below the median; `sigma` is the deviation of the logarithm (0.5: most within a factor of 2.7); `most` cuts the tail. */
  | { readonly lognormal: { readonly median: number; readonly sigma: number; readonly most?: number } };

export interface Pace {
  /** Milliseconds from the request's end to the first content event (to the head, when the answer is not a stream). Default 0. */
  readonly firstEventMs?: number | Spread;
  /** From then on. 0 or absent: as fast as the reader takes it. */
  readonly tokensPerSecond?: number | Spread;
  /** Makes what is drawn come again in the same order. Default: the server's seed, if it has one. */
  readonly seed?: number;
}

/** The pace of one answer. */
export interface SettledPace {
  readonly firstEventMs?: number;
  readonly tokensPerSecond?: number;
}

const UNIFORM = record({ from: number(), to: number() }, ['from', 'to']);
const LOGNORMAL = record({ median: number(), sigma: number(), most: number() }, ['median', 'sigma']);
const SPREAD = record({ uniform: UNIFORM, lognormal: LOGNORMAL });

/** A number or a spread. */
export const amount: Shape<number | Spread> = {
  read: (value, field) => {
    if (!isObject(value)) return numberAt(value, field);
    const { uniform, lognormal } = SPREAD.read(value, field);
    if ((uniform === undefined) === (lognormal === undefined)) {
      throw new InvalidInput(field, 'a number, {uniform} or {lognormal}', value);
    }
    if (uniform !== undefined) numberAt(uniform.to, `${field}.uniform.to`, uniform.from);
    return { ...(uniform && { uniform }), ...(lognormal && { lognormal }) } as Spread;
  },
  schema: anyOf(number().schema, { ...SPREAD.schema, minProperties: 1, maxProperties: 1 }),
};

/** Reads a number or a spread; throws {@link InvalidInput}. */
export function amountAt(value: unknown, field: string): number | Spread {
  return amount.read(value, field);
}

export const paceShape: Shape<Pace> = record({ firstEventMs: amount, tokensPerSecond: amount, seed: whole() });

export function parsePace(value: unknown, field = 'pace'): Pace {
  return paceShape.read(value, field);
}

function drawn(spread: Spread, random: Random): number {
  if ('uniform' in spread) {
    const { from, to } = spread.uniform;
    return from + random.next() * (to - from);
  }
  const { median, sigma, most = Infinity } = spread.lognormal;
  // Box–Muller; 1 - next() is never 0, whose logarithm there is not.
  const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return Math.min(most, median * Math.exp(sigma * normal));
}

/** Draws what is to be drawn; `random` is asked for only then. */
export function settle(pace: Pace, random: () => Random): SettledPace {
  const { firstEventMs, tokensPerSecond } = pace;
  if (typeof firstEventMs !== 'object' && typeof tokensPerSecond !== 'object') return pace as SettledPace;
  const settled = (amount: number | Spread | undefined): number =>
    typeof amount === 'object' ? drawn(amount, random()) : (amount ?? 0);
  return { firstEventMs: settled(firstEventMs), tokensPerSecond: settled(tokensPerSecond) };
}
