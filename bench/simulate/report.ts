import type { Figures } from './figures.ts';
import type { Load, Plan } from './plan.ts';
import { SCENARIOS, type ScenarioName } from './scenarios.ts';

const HEAD = `| scenario | endpoints × replicas × requests | answered | calls ÷ request | wasted calls | share of the troubled: got (wanted) | avoided after | recovered after | p99 before / during | Redis commands ÷ request | changes of health |
|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|`;

/** Endpoints that are to get less than this share have too few calls in five seconds to say when they recovered. */
const COUNTED = 0.05;

/** One run, as results/simulate.json keeps it. */
export interface Run {
  readonly scenario: ScenarioName;
  readonly figures: Figures;
}

/** One table row a run. */
export function renderFigures(runs: readonly Run[]): string {
  return [HEAD, ...runs.map(rowOf)].join('\n');
}

function rowOf({ scenario, figures }: Run): string {
  const { endings, size, calls, wasted, troubled, waits, redis } = figures;
  const isTrouble = troubled.wanted > 0;
  const isMany = troubled.wanted >= COUNTED;
  const cells = [
    `\`${scenario}\``,
    [size.endpoints, size.replicas, size.requests].map(number).join(' × '),
    percent((size.requests - endings.refused) / size.requests, 3),
    (calls / size.requests).toFixed(3),
    number(wasted),
    isTrouble ? `${percent(troubled.got, 2)} (${percent(troubled.wanted, 2)})` : '',
    isMany ? seconds(figures.avoidedMs) : '',
    isMany ? seconds(figures.recoveredMs) : '',
    `${waits.before.p99} / ${waits.during.p99} ms`,
    redis.commandsPerRequest.toFixed(3),
    number(redis.changes),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** What was wanted of the shares before the trouble, and what became of it. */
export function renderShares({ shares }: Figures): string {
  const byWeight = Object.entries(shares.byWeight).map(([weight, ratio]) => `${weight}: ${percent(ratio, 1)}`);
  return [
    `got ÷ wanted by weight: ${byWeight.join(', ')}`,
    `got ÷ wanted of one endpoint: ${percent(shares.least, 1)} to ${percent(shares.most, 1)}`,
    `busiest second of one endpoint: ${shares.busiestSecond.toFixed(1)} × its mean`,
  ].join('\n');
}

/** All that a run has shown, in sentences. */
export function renderRun({ scenario, figures }: Run): string {
  const { size, seed, endings, lost, calls, distinct, outcomes } = figures;
  const { endpoints, replicas, requests } = size;
  const ends = Object.entries(endings).filter(([, count]) => count > 0);
  return [
    `${scenario}: ${SCENARIOS[scenario].title} (${endpoints} endpoints, ${replicas} replicas, ${requests} requests, seed ${seed})`,
    `requests: ${ends.map(([ending, count]) => `${ending} ${count}`).join(', ')}, lost ${lost}`,
    `calls: ${calls} for ${distinct} different requests; ${Object.entries(outcomes)
      .map(([kind, count]) => `${kind} ${count}`)
      .join(', ')}`,
    renderShares(figures),
    renderFigures([{ scenario, figures }]),
  ].join('\n');
}

export function renderPlan(load: Load, plan: Plan): string {
  const rows: [string, string][] = [
    ['replicas (one core each)', `${plan.replicas}, of them ${load.spare} spare`],
    ['CPU seconds a second', plan.cores.toFixed(1)],
    ['open streams', number(Math.round(plan.openStreams))],
    ['memory of a replica', `${number(Math.round(plan.replicaMb))} MB`],
    ['Redis commands a second', number(Math.round(plan.redisCommands))],
    ['Redis CPU seconds a second', plan.redisCores.toFixed(2)],
    ['Redis memory', `${number(Math.round(plan.redisMb))} MB`],
    ['Redis shards', String(plan.redisShards)],
  ];
  return ['| what | takes |', '|---|--:|', ...rows.map(([what, takes]) => `| ${what} | ${takes} |`)].join('\n');
}

export function number(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

export function percent(share: number, digits: number): string {
  return `${(share * 100).toFixed(digits)} %`;
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? 'not in the run' : `${ms / 1_000} s`;
}
