import { seededRandom } from '../../proxy/core/random.ts';
import type { Endpoint } from '../../proxy/routing/types.ts';
import type { StrategyName } from '../../proxy/routing/strategy.ts';
import { EventClock } from './event-clock.ts';
import { Farm, originOf } from './farm.ts';
import { type Figures, figuresOf } from './figures.ts';
import { HealthBus } from './health-bus.ts';
import { RedisCounts } from './redis-counts.ts';
import { cacheSettings, Replica } from './replica.ts';
import {
  type Arrival,
  arrivals,
  DURATION_MS,
  numbers,
  type Scenario,
  SCENARIOS,
  type ScenarioName,
  type Size,
  TROUBLE,
  weightOf,
} from './scenarios.ts';
import { SharedAnswers } from './shared-answers.ts';
import { Tally } from './tally.ts';

/** Milliseconds of one command of Redis, there and back, and of a message from replica to replica. */
const REDIS_MS = 0.5;

export interface SimulationOptions extends Size {
  readonly scenario: ScenarioName;
  readonly seed: number;
  /** Instead of the scenario's. */
  readonly strategy?: StrategyName;
}

/** Plays one scenario in virtual time. Rejects when a fault of the proxy's own shows. */
export async function simulate(options: SimulationOptions): Promise<Figures> {
  const scenario: Scenario = SCENARIOS[options.scenario];
  const { endpoints, replicas, requests, seed } = options;
  const size = { endpoints, replicas, requests };
  const clock = new EventClock();
  const counts = new RedisCounts();
  const tally = new Tally({ endpoints, durationMs: DURATION_MS, now: () => clock.monotonic() });
  const { fleet, faults } = fleetOf(options, scenario, { clock, counts, tally });
  const random = seededRandom(seed);
  let open = 0;
  let expected = requests;
  const ask = ({ atMs, key }: Arrival, number: number): void => {
    const replica = fleet[Math.floor(random() * fleet.length)];
    open += 1;
    expected -= 1;
    replica?.ask(`req_${number}`, `${'0'.repeat(16)}.${key}`, (ending) => {
      open -= 1;
      tally.ended(ending, atMs, phaseOf(atMs));
    });
  };
  feed(clock, arrivals(size, scenario.herd, random), ask);
  await clock.run(() => open > 0 || expected > 0);
  if (faults.length > 0) throw new AggregateError(faults, 'the proxy had a fault of its own');
  return figuresOf({ size, seed, scenario, tally, counts });
}

interface Parts {
  readonly clock: EventClock;
  readonly counts: RedisCounts;
  readonly tally: Tally;
}

function fleetOf(options: SimulationOptions, scenario: Scenario, { clock, counts, tally }: Parts) {
  const faults: unknown[] = [];
  const configured = numbers(options.endpoints).map(endpointOf);
  const byId = new Map(configured.map(({ id }, number) => [id, number]));
  const conditions = scenario.conditions(options);
  const common = {
    clock,
    endpoints: configured,
    strategy: options.strategy ?? scenario.strategy ?? 'weighted',
    upstream: new Farm({ clock, random: seededRandom(options.seed + 1), conditions, tally }),
    answers: new SharedAnswers({ clock, counts, roundTripMs: REDIS_MS }),
    telemetry: {
      attempt: (id: string, { kind }: { kind: Parameters<Tally['attempted']>[1] }) =>
        tally.attempted(byId.get(id) ?? 0, kind),
      generation: () => undefined,
      fault: (_what: string, _id: string, error: unknown) => void faults.push(error),
    },
    cache: cacheSettings(configured),
  };
  const bus = new HealthBus({ clock, counts, delayMs: REDIS_MS, replicas: options.replicas });
  const fleet = numbers(options.replicas).map(
    (number) =>
      new Replica(
        common,
        scenario.shared === false ? undefined : bus.forReplica(),
        seededRandom(options.seed * 1_000 + number),
      ),
  );
  return { fleet, faults };
}

function endpointOf(number: number): Endpoint {
  return {
    id: `simulated/${number}`,
    provider: 'openai',
    origin: originOf(number),
    basePath: '/v1',
    credential: { kind: 'key', value: `key-of-${number}` },
    weight: weightOf(number),
    headers: {},
  };
}

/** Each request comes at its time; the one after it is only drawn then. */
function feed(clock: EventClock, coming: Iterator<Arrival>, ask: (arrival: Arrival, number: number) => void): void {
  const next = (number: number): void => {
    const { done, value } = coming.next();
    if (done === true) return;
    clock.after(value.atMs - clock.monotonic(), () => {
      ask(value, number);
      next(number + 1);
    });
  };
  next(0);
}

function phaseOf(atMs: number): 'before' | 'during' | 'after' {
  if (atMs < TROUBLE.from) return 'before';
  return atMs < TROUBLE.to ? 'during' : 'after';
}
