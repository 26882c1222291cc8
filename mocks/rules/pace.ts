import type { Random } from '../generation/random.ts';
import { InvalidInput, integerAt, isObject, numberAt, objectAt, optional } from './check.ts';

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

function uniformAt(value: unknown, field: string): Spread {
  const { from, to } = objectAt(value, field, ['from', 'to']);
  const least = numberAt(from, `${field}.from`);
  return { uniform: { from: least, to: numberAt(to, `${field}.to`, least) } };
}

function lognormalAt(value: unknown, field: string): Spread {
  const { median, sigma, most } = objectAt(value, field, ['median', 'sigma', 'most']);
  const limit = optional(most, `${field}.most`, numberAt);
  return {
    lognormal: {
      median: numberAt(median, `${field}.median`),
      sigma: numberAt(sigma, `${field}.sigma`),
      ...(limit !== undefined && { most: limit }),
    },
  };
}

/** Reads a number or a spread; throws {@link InvalidInput}. */
export function amountAt(value: unknown, field: string): number | Spread {
  if (!isObject(value)) return numberAt(value, field);
  const { uniform, lognormal } = objectAt(value, field, ['uniform', 'lognormal']);
  if ((uniform === undefined) === (lognormal === undefined)) {
    throw new InvalidInput(field, 'a number, {uniform} or {lognormal}', value);
  }
  return uniform === undefined ? lognormalAt(lognormal, `${field}.lognormal`) : uniformAt(uniform, `${field}.uniform`);
}

export function parsePace(value: unknown, field = 'pace'): Pace {
  const fields = objectAt(value, field, ['firstEventMs', 'tokensPerSecond', 'seed']);
  const firstEventMs = optional(fields['firstEventMs'], `${field}.firstEventMs`, amountAt);
  const tokensPerSecond = optional(fields['tokensPerSecond'], `${field}.tokensPerSecond`, amountAt);
  const seed = optional(fields['seed'], `${field}.seed`, integerAt);
  return {
    ...(firstEventMs === undefined ? {} : { firstEventMs }),
    ...(tokensPerSecond === undefined ? {} : { tokensPerSecond }),
    ...(seed === undefined ? {} : { seed }),
  };
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
