import type { JournalEntry } from './entry.ts';

/** How often one server of a fleet was asked. */
export interface MemberShare {
  readonly port: number;
  /** `A` for the first server, `B` for the second … */
  readonly letter: string;
  readonly count: number;
  /** Of all requests, 0–1; 0 when there were none. */
  readonly share: number;
  /** Requests it should have had by the weights. */
  readonly expected: number;
}

/** How requests were spread over a fleet. */
export interface Distribution {
  readonly total: number;
  readonly members: readonly MemberShare[];
  /** One letter a request, in the order in which they came: `AABACAA`. */
  readonly sequence: string;
  /** Pearson's sum over (count - expected)² / expected. */
  readonly chiSquare: number;
  readonly degreesOfFreedom: number;
  /** Probability of a spread at least this uneven, if each request had been drawn by the weights. Small: it was not. */
  readonly pValue: number;
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const STEPS = 1000;
const PRECISION = 1e-12;

/** ln Γ at halves and whole numbers, from Γ(½) = √π and Γ(1) = 1 by Γ(s + 1) = s Γ(s). */
function logGamma(s: number): number {
  let at = s % 1 === 0 ? 1 : 0.5;
  let log = at === 1 ? 0 : Math.log(Math.PI) / 2;
  for (; at < s; at += 1) log += Math.log(at);
  return log;
}

/** The lower regularized incomplete gamma function by its series. */
function lowerGamma(s: number, x: number): number {
  let term = 1 / s;
  let sum = term;
  for (let at = 1; at < STEPS && term > sum * PRECISION; at += 1) {
    term *= x / (s + at);
    sum += term;
  }
  return sum * Math.exp(s * Math.log(x) - x - logGamma(s));
}

/** The upper one by its continued fraction (Lentz). */
function upperGamma(s: number, x: number): number {
  const tiny = 1e-300;
  let b = x + 1 - s;
  let c = 1 / tiny;
  let d = 1 / b;
  let fraction = d;
  for (let at = 1; at < STEPS; at += 1) {
    const a = at * (s - at);
    b += 2;
    d = 1 / (a * d + b || tiny);
    c = b + a / c || tiny;
    fraction *= d * c;
    if (Math.abs(d * c - 1) < PRECISION) break;
  }
  return fraction * Math.exp(s * Math.log(x) - x - logGamma(s));
}

/** Probability that a chi-square variable is at least `value`. */
export function chiSquareTail(value: number, degreesOfFreedom: number): number {
  if (degreesOfFreedom < 1 || value <= 0) return 1;
  if (!Number.isFinite(value)) return 0;
  const [s, x] = [degreesOfFreedom / 2, value / 2];
  return x < s + 1 ? 1 - lowerGamma(s, x) : upperGamma(s, x);
}

/** Share that a member of weight 0 gives to chi-square: none when it was left alone, infinite when it was asked. */
function deviation(count: number, expected: number): number {
  if (expected === 0) return count === 0 ? 0 : Infinity;
  return (count - expected) ** 2 / expected;
}

/**
 * How the requests were spread over the servers of these ports. `weights`: what each should have got, in proportion; default the same.
 */
export function distributionOf(
  entries: readonly JournalEntry[],
  ports: readonly number[],
  weights: readonly number[] = ports.map(() => 1),
): Distribution {
  if (weights.length !== ports.length || weights.some((weight) => weight < 0 || !Number.isFinite(weight))) {
    throw new Error(`weights: expected ${ports.length} numbers of at least 0, found ${JSON.stringify(weights)}`);
  }
  const letters = new Map(ports.map((port, at) => [port, LETTERS[at] ?? '?']));
  const ordered = entries.filter(({ port }) => letters.has(port)).toSorted((a, b) => a.sequence - b.sequence);
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const total = ordered.length;
  const members = ports.map((port, at) => {
    const count = ordered.filter((entry) => entry.port === port).length;
    const expected = sum === 0 ? 0 : (total * (weights[at] ?? 0)) / sum;
    return { port, letter: letters.get(port) ?? '?', count, share: total === 0 ? 0 : count / total, expected };
  });
  const chiSquare = members.reduce((all, { count, expected }) => all + deviation(count, expected), 0);
  const degreesOfFreedom = Math.max(0, weights.filter((weight) => weight > 0).length - 1);
  return {
    total,
    members,
    sequence: ordered.map(({ port }) => letters.get(port) ?? '?').join(''),
    chiSquare,
    degreesOfFreedom,
    pValue: chiSquareTail(chiSquare, degreesOfFreedom),
  };
}
