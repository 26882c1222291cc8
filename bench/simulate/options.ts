import { parseArgs } from 'node:util';
import type { StrategyName } from '../../proxy/routing/strategy.ts';
import { STRATEGIES } from '../../proxy/routing/strategies/index.ts';
import type { Load } from './plan.ts';
import { SCENARIOS, type ScenarioName } from './scenarios.ts';
import type { SimulationOptions } from './simulate.ts';

const OPTIONS = {
  scenario: { type: 'string', default: 'outage' },
  endpoints: { type: 'string', default: '500' },
  replicas: { type: 'string', default: '200' },
  requests: { type: 'string', default: '1000000' },
  seed: { type: 'string', default: '1' },
  strategy: { type: 'string' },
  write: { type: 'boolean', default: false },
  tables: { type: 'boolean', default: false },
  check: { type: 'boolean', default: false },
  measure: { type: 'boolean', default: false },
  plan: { type: 'boolean', default: false },
  rps: { type: 'string', default: '1000' },
  streams: { type: 'string', default: '0.5' },
  'memory-hits': { type: 'string', default: '0.1' },
  'redis-hits': { type: 'string', default: '0.1' },
  'answer-seconds': { type: 'string', default: '10' },
  entries: { type: 'string', default: '1000000' },
  'entry-kb': { type: 'string', default: '4' },
  'cache-mib': { type: 'string', default: '256' },
  spare: { type: 'string', default: '1' },
} as const;

export interface Command {
  readonly kind: 'simulate' | 'plan' | 'tables' | 'check' | 'measure';
  readonly simulation: SimulationOptions;
  readonly load: Load;
  readonly write: boolean;
}

/** Reads the command line. Throws one sentence where an option is wrong. */
export function readCommand(args: readonly string[]): Command {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const amount = (name: 'endpoints' | 'replicas' | 'requests' | 'seed' | 'spare' | 'entries'): number => {
    const value = Number(values[name]);
    const least = name === 'spare' || name === 'seed' ? 0 : 1;
    if (!Number.isSafeInteger(value) || value < least) throw new Error(`--${name} takes an integer from ${least} on`);
    return value;
  };
  const size = (name: 'rps' | 'answer-seconds' | 'entry-kb' | 'cache-mib'): number => {
    const value = Number(values[name]);
    if (!(value >= 0) || value === Infinity) throw new Error(`--${name} takes a number from 0 on`);
    return value;
  };
  const share = (name: 'streams' | 'memory-hits' | 'redis-hits'): number => {
    const value = Number(values[name]);
    if (!(value >= 0 && value <= 1)) throw new Error(`--${name} takes a share from 0 to 1`);
    return value;
  };
  const { scenario, strategy } = values;
  if (!Object.hasOwn(SCENARIOS, scenario)) throw new Error(`--scenario is one of ${Object.keys(SCENARIOS).join(', ')}`);
  if (strategy !== undefined && !Object.hasOwn(STRATEGIES, strategy))
    throw new Error(`--strategy is one of ${Object.keys(STRATEGIES).join(', ')}`);
  const [memoryHits, redisHits] = [share('memory-hits'), share('redis-hits')];
  if (memoryHits + redisHits > 1) throw new Error('--memory-hits and --redis-hits are shares of the same requests');
  const kinds = (['plan', 'tables', 'check', 'measure'] as const).filter((kind) => values[kind]);
  if (kinds.length > 1) throw new Error(`--${kinds.join(' and --')} exclude each other`);
  return {
    kind: kinds[0] ?? 'simulate',
    write: values.write,
    simulation: {
      scenario: scenario as ScenarioName,
      endpoints: amount('endpoints'),
      replicas: amount('replicas'),
      requests: amount('requests'),
      seed: amount('seed'),
      ...(strategy === undefined ? {} : { strategy: strategy as StrategyName }),
    },
    load: {
      rps: size('rps'),
      streams: share('streams'),
      memoryHits,
      redisHits,
      answerSeconds: size('answer-seconds'),
      entries: amount('entries'),
      entryKb: size('entry-kb'),
      cacheMib: size('cache-mib'),
      spare: amount('spare'),
    },
  };
}
