import { CASES } from './cases.ts';
import { figure, type CaseId, type Results } from './results.ts';
import type { ServerName } from './servers.ts';

/** The proxy beside another server in one case. */
export interface Comparison {
  readonly id: CaseId;
  readonly ours: ServerName;
  readonly other: ServerName;
  /** Ours ÷ theirs: CPU of the whole process tree, and the 99th percentile of the time to the last byte. */
  readonly cpu: number;
  readonly slow: number;
}

const PEERS: readonly ServerName[] = ['nginx', 'haproxy', 'rolter', 'rolter-redis', 'portkey', 'litellm', 'middleware'];
/** What is closer than this is neither won nor lost. */
const EVEN = 0.03;

/** Ours of each case that is compared: what caches in Redis with what does, the others with the proxy as it comes. */
function oursFor(other: ServerName): readonly ServerName[] {
  return other.endsWith('-redis') ? ['llmproxy-redis', 'llmproxy'] : ['llmproxy'];
}

/** The worst for the proxy first. */
export function comparisons(results: Pick<Results, 'cases'>): Comparison[] {
  return CASES.flatMap(({ id }) =>
    PEERS.flatMap((other) => oursFor(other).flatMap((ours) => compare(results, id, ours, other))),
  ).toSorted((a, b) => b.cpu - a.cpu);
}

function compare(results: Pick<Results, 'cases'>, id: CaseId, ours: ServerName, other: ServerName): Comparison[] {
  const of = (key: 'cpu' | 'slow'): number =>
    (figure(results, id, ours, key) ?? Number.NaN) / (figure(results, id, other, key) ?? Number.NaN);
  const [cpu, slow] = [of('cpu'), of('slow')];
  return Number.isNaN(cpu) ? [] : [{ id, ours, other, cpu, slow }];
}

export function outcome({ cpu }: Pick<Comparison, 'cpu'>): 'lost' | 'even' | 'won' {
  if (cpu > 1 + EVEN) return 'lost';
  return cpu < 1 - EVEN ? 'won' : 'even';
}
