import { Cache } from '../../proxy/cache/tiers.ts';
import { MemoryStore } from '../../proxy/cache/memory-store.ts';
import type { CacheSettings } from '../../proxy/cache/policy.ts';
import { PurgeEpochs } from '../../proxy/cache/purge-epochs.ts';
import { targetsOf } from '../../proxy/cache/target.ts';
import type { Store } from '../../proxy/cache/store.ts';
import type { CacheHit, LookupTerms } from '../../proxy/cache/types.ts';
import type { TimerClock } from '../../proxy/core/clock.ts';
import type { Random } from '../../proxy/core/random.ts';
import { Flights } from '../../proxy/flights/flights.ts';
import type { CandidateModel } from '../../proxy/generation/candidates.ts';
import { candidatesOf } from '../../proxy/generation/gated-candidates.ts';
import { Generation, type GenerationTools } from '../../proxy/generation/generation.ts';
import { Recorder } from '../../proxy/generation/recorder.ts';
import type { GenerationRequest } from '../../proxy/generation/request.ts';
import { UsageRefusals } from '../../proxy/generation/usage-refusals.ts';
import { PROTOCOLS } from '../../proxy/protocols/table.ts';
import { Affinity } from '../../proxy/routing/affinity.ts';
import { RetryBudget } from '../../proxy/routing/retry-budget.ts';
import { createRouter } from '../../proxy/routing/router.ts';
import type { SharedHealth } from '../../proxy/routing/shared-health.ts';
import type { StrategyName } from '../../proxy/routing/strategy.ts';
import type { Endpoint } from '../../proxy/routing/types.ts';
import type { UpstreamClient } from '../../proxy/upstream/client.ts';
import { ReceivedRequest } from '../../proxy/wire/http.ts';
import { scanJson } from '../../proxy/wire/json-scan.ts';
import type { Ending } from './tally.ts';

const MODEL = 'simulated';
const MEMORY_BYTES = 256 * 1_024;
const TTL_MS = 24 * 3_600_000;
const CONTROLS = { read: true, write: true, onlyIfCached: false };
/** The defaults of `routing` in docs/configuration.md. */
export const ROUTING = { attempts: 3, retryBudget: 20, allowedFails: 3, cooldownMs: 30_000 };
const TIMEOUTS = {
  connectMs: 5_000,
  firstByteMs: 120_000,
  firstContentMs: 300_000,
  answerMs: 600_000,
  idleMs: 120_000,
  totalMs: 900_000,
};

/** What all replicas have in common. */
export interface Fleet {
  readonly clock: TimerClock;
  readonly endpoints: readonly Endpoint[];
  readonly strategy: StrategyName;
  readonly upstream: Pick<UpstreamClient, 'send'>;
  readonly answers: Store;
  readonly telemetry: GenerationTools['telemetry'];
  readonly cache: CacheSettings;
}

export function cacheSettings(endpoints: readonly Endpoint[]): CacheSettings {
  return {
    enabled: true,
    ttlMs: TTL_MS,
    staleMs: 0,
    maxEntryBytes: 16 * 1_024 * 1_024,
    namespace: '',
    ignore: [],
    targets: targetsOf(endpoints.map((endpoint) => ({ ...endpoint, mock: false, bundled: false }))),
    forwardsCredential: false,
  };
}

/** The request of every client; what tells two of them apart is their cache key. */
const BODY = Buffer.from(JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'A question.' }] }));

function requestOf(id: string): GenerationRequest {
  const protocol = PROTOCOLS['chat.completions'];
  const head = { method: 'POST', path: protocol.path, query: '', headers: {} };
  const facts = protocol.facts(JSON.parse(BODY.toString()));
  return { id, protocol, view: new ReceivedRequest(head, [BODY]), facts, scan: scanJson(BODY), addsUsage: false };
}

/** One proxy of the fleet: cache, flights, router, health, retry budget and generations are the product's own. */
export class Replica {
  readonly #fleet: Fleet;
  readonly #tools: GenerationTools;
  readonly #model: CandidateModel;
  readonly #cache: Cache;
  readonly #terms: LookupTerms;
  readonly #request: GenerationRequest;
  readonly #flights = new Flights<Generation>();

  constructor(fleet: Fleet, shared: SharedHealth | undefined, random: Random) {
    const { clock, endpoints, strategy, upstream, answers, telemetry } = fleet;
    const purges = new PurgeEpochs();
    this.#fleet = fleet;
    this.#request = requestOf('');
    this.#terms = { controls: CONTROLS, targets: fleet.cache.targets };
    this.#cache = new Cache({
      memory: new MemoryStore({ maxBytes: MEMORY_BYTES, staleMs: 0, clock, purges }),
      shared: answers,
      purges,
      clock,
      protocols: PROTOCOLS,
    });
    const affinity = new Affinity({ clock, maxEntries: 16 });
    this.#tools = { clock, upstream, affinity, usageRefusals: new UsageRefusals(clock), telemetry };
    const { attempts, retryBudget, allowedFails, cooldownMs } = ROUTING;
    const settings = { allowedFails, cooldownMs };
    const more = shared ? { shared } : {};
    this.#model = {
      name: MODEL,
      router: createRouter({ model: MODEL, strategy, endpoints, settings, clock, random, ...more }),
      attempts,
      timeouts: TIMEOUTS,
      retries: new RetryBudget(retryBudget),
    };
  }

  /** One request of a client, as the stages `lookup`, `join` and `forward` of the pipeline treat it. */
  ask(id: string, key: string, done: (ending: Ending) => void): void {
    const found = this.#cache.fetch(key, this.#terms);
    const goOn = (hit: CacheHit | undefined): void => {
      if (hit?.fresh) done(hit.tier);
      else this.#join(id, key, done);
    };
    if (found instanceof Promise) void found.then(goOn);
    else goOn(found);
  }

  #join(id: string, key: string, done: (ending: Ending) => void): void {
    if (this.#cache.peek(key, this.#terms)) {
      done('memory');
      return;
    }
    const running = this.#flights.find(key);
    const generation = running ?? this.#build(id, key);
    generation.flight.attach({
      onOpen: () => undefined,
      onChunk: () => true,
      onEnd: ({ kind }) => done(kind !== 'done' ? 'refused' : running ? 'joined' : 'answered'),
    });
    if (!running) generation.start();
  }

  #build(id: string, key: string): Generation {
    const { clock, cache: settings } = this.#fleet;
    const request = { ...this.#request, id };
    const { protocol, facts, view } = request;
    const asked = { operation: protocol.id, facts, headers: view.headers };
    const generation = new Generation(
      {
        request,
        candidates: candidatesOf(this.#model, asked, this.#tools.affinity),
        retainBytes: settings.maxEntryBytes,
        recorder: new Recorder({
          cache: this.#cache,
          clock,
          protocol,
          model: facts.model,
          settings,
          controls: CONTROLS,
          key,
          store: true,
          kept: false,
        }),
        onClosed: (closed) => this.#flights.remove(key, closed),
      },
      this.#tools,
    );
    this.#flights.add(key, generation);
    return generation;
  }
}
