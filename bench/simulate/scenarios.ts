import type { StrategyName } from '../../proxy/routing/strategy.ts';
import type { Condition, Conditions } from './farm.ts';

/** Milliseconds of virtual time in which all requests come. */
export const DURATION_MS = 250_000;
/** Between these the endpoints of a scenario are in trouble. */
export const TROUBLE = { from: 60_000, to: 160_000 } as const;
/** Milliseconds in which the requests of one herd come. */
const HERD_MS = 200;

export interface Size {
  readonly endpoints: number;
  readonly replicas: number;
  readonly requests: number;
}

/** A request of a client. */
export interface Arrival {
  readonly atMs: number;
  /** Requests of one key are equal. */
  readonly key: number;
}

export interface Scenario {
  readonly title: string;
  /** Numbers of the endpoints that are in trouble, of so many. */
  readonly troubled: (endpoints: number) => readonly number[];
  readonly conditions: (size: Size) => Conditions;
  readonly strategy?: StrategyName;
  /** Equal requests that come at once; 1 = all requests are different. */
  readonly herd: number;
  /** Whether replicas share what they find out about endpoints. Default true. */
  readonly shared?: boolean;
}

const WELL: Condition = { kind: 'serves', slowdown: 1 };
const WINDOW_MS = 10_000;
const REGIONS = 5;

const noneOf = (): readonly number[] => [];
/** Endpoints are dealt to five regions in turn, so a region has endpoints of every weight. */
const regionOf = (endpoints: number): readonly number[] => numbers(endpoints).filter((one) => one % REGIONS === 0);
const halfOf = (endpoints: number): readonly number[] => numbers(endpoints).filter((one) => one % 2 === 0);
const oneOf = (): readonly number[] => [0];

function during(condition: (size: Size, endpoint: number) => Condition, troubled: Scenario['troubled']) {
  return (size: Size): Conditions => {
    const meant = new Set(troubled(size.endpoints));
    return (endpoint, atMs) =>
      atMs >= TROUBLE.from && atMs < TROUBLE.to && meant.has(endpoint) ? condition(size, endpoint) : WELL;
  };
}

/** Half of the share that the endpoint gets by its weight. */
function halfOfItsShare({ endpoints, requests }: Size, endpoint: number): Condition {
  const weights = numbers(endpoints).reduce((sum, one) => sum + weightOf(one), 0);
  const share = (requests * WINDOW_MS * weightOf(endpoint)) / (DURATION_MS * weights);
  return { kind: 'limited', perWindow: Math.max(1, Math.floor(share / 2)), windowMs: WINDOW_MS };
}

const silent = during(() => ({ kind: 'silent' }), regionOf);
const slow = during(() => ({ kind: 'serves', slowdown: 20 }), oneOf);

export const SCENARIOS = {
  steady: { title: 'no trouble', troubled: noneOf, conditions: () => () => WELL, herd: 1 },
  outage: { title: 'a fifth of the endpoints is silent', troubled: regionOf, conditions: silent, herd: 1 },
  'outage-alone': {
    title: 'the same, and replicas share nothing',
    troubled: regionOf,
    conditions: silent,
    herd: 1,
    shared: false,
  },
  'outage-refused': {
    title: 'a fifth of the endpoints refuses connections',
    troubled: regionOf,
    conditions: during(() => ({ kind: 'refuses' }), regionOf),
    herd: 1,
  },
  storm: {
    title: 'half of the endpoints takes half of its share, then answers 429 with retry-after',
    troubled: halfOf,
    conditions: during(halfOfItsShare, halfOf),
    herd: 1,
  },
  herd: {
    title: '1,000 equal requests within 0.2 s, again and again',
    troubled: noneOf,
    conditions: () => () => WELL,
    herd: 1_000,
  },
  slow: { title: 'one endpoint needs 20 times as long', troubled: oneOf, conditions: slow, herd: 1 },
  'slow-least-busy': {
    title: 'the same with least-busy',
    troubled: oneOf,
    conditions: slow,
    herd: 1,
    strategy: 'least-busy',
  },
  'slow-fastest': {
    title: 'the same with fastest',
    troubled: oneOf,
    conditions: slow,
    herd: 1,
    strategy: 'fastest',
  },
} satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof SCENARIOS;

/** Weights 1, 2, 3, 4, 1 …, shifted from region to region. */
export function weightOf(endpoint: number): number {
  return 1 + (Math.floor(endpoint / REGIONS) % 4);
}

/** The requests of a run, in their order. `random` in [0, 1). */
export function* arrivals({ requests }: Size, herd: number, random: () => number): Generator<Arrival> {
  const herds = Math.ceil(requests / herd);
  let atMs = 0;
  if (herd === 1) {
    for (let key = 0; key < requests; key++) {
      // A Poisson process: the gaps are exponential.
      atMs += (-Math.log(1 - random()) * DURATION_MS) / requests;
      yield { atMs, key };
    }
    return;
  }
  for (let key = 0; key < herds; key++) {
    const size = Math.min(herd, requests - key * herd);
    const startsAt = (key * DURATION_MS) / herds;
    const times = Array.from({ length: size }, () => startsAt + random() * HERD_MS).toSorted(
      (one, other) => one - other,
    );
    for (const at of times) yield { atMs: at, key };
  }
}

export function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, number) => number);
}
