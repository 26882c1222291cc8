import type { Random } from '../core/random.ts';
import type { Slices } from '../core/slices.ts';
import type { RouteFamily } from '../core/route-families.ts';
import type { Flights } from '../flights/flights.ts';
import type { SharedFlights } from '../flights/shared-flights.ts';
import type { CacheSettings } from '../cache/policy.ts';
import type { Cache } from '../cache/tiers.ts';
import type { OperationId } from '../protocols/types.ts';
import type { AttemptRecord } from '../telemetry/attempt-record.ts';
import type { ExchangeRecord } from '../telemetry/exchange-record.ts';
import type { ExchangeTrace } from '../telemetry/exchange-trace.ts';
import type { ObservedHead } from '../telemetry/observer.ts';
import type { CandidateModel } from '../generation/candidates.ts';
import type { GenerationTelemetry } from '../generation/generation-report.ts';
import type { Generation, GenerationTools } from '../generation/generation.ts';
import type { Slots } from '../routing/slots.ts';
import type { UpstreamClient } from '../upstream/client.ts';
import type { CacheScope, FallbackModels } from '../config/config.ts';
import type { RequestHead } from '../wire/http.ts';
import type { AutoEntry } from './auto/types.ts';
import type { GovernedTools } from './governed/tools.ts';
import type { KeptTools } from './kept.ts';
import type { ModelCatalogue } from './listing.ts';
import type { RequestMemo } from './request-memo.ts';
import type { UpstreamModels } from './upstream-models.ts';

/** One configured model, ready to serve; `name` is `*` for the model that takes every other name. */
export interface ModelRuntime extends CandidateModel {
  readonly cache: CacheSettings;
  /** The tag of its name at the front of its cache keys; left out = computed with each key. */
  readonly cacheTag?: string;
  /**
   * Answers belong to the caller's credential: some endpoint passes it on, and the configuration does not share its
   * answers (`cache.scope`).
   */
  readonly scopedByCredential: boolean;
  /** `cache.scope`. */
  readonly cacheScope?: CacheScope;
  /** The model with these of its endpoints alone. */
  readonly only?: (within: ReadonlySet<string>) => ModelRuntime;
  /** `routing.translation`. */
  readonly strictTranslation: boolean;
  /**
   * The model with the endpoints alone that can be asked for an operation, where not all of them can; undefined where none can. An
   * operation that all of them can be asked for is not in it.
   */
  readonly speaking?: ReadonlyMap<OperationId, ModelRuntime | undefined>;
  /** Models that are asked in place of this one when it has failed; left out = none. */
  readonly fallbacks?: FallbackModels;
  /** Some endpoint does not keep responses: the proxy keeps those of this model. */
  readonly keepsResponses?: boolean;
}

/** What is reported of requests and their generations. */
export interface PipelineTelemetry extends GenerationTelemetry {
  /** Whether requests have a trace; read once a request. */
  readonly tracing: boolean;
  trace(startedAt: number, head: ObservedHead): ExchangeTrace;
  exchange(record: ExchangeRecord, trace: ExchangeTrace | undefined, attempts: readonly AttemptRecord[]): void;
  /** What a generation that may be shared with other processes has come to. */
  shared(role: string): void;
}

/** What holds for the routes that are not interpreted. */
export interface PassthroughSettings {
  /** Model whose first endpoint takes what names no model. */
  readonly model: string;
  readonly allow: ReadonlySet<RouteFamily>;
  /** Bytes of a body that is held in memory. */
  readonly replayLimit: number;
}

/** What every stage may use. One snapshot a configuration: a running exchange keeps the one it began with. */
export interface Runtime extends GenerationTools {
  readonly cache: Cache;
  readonly flights: Flights<Generation>;
  /** Present where generations are shared with other processes (`cache.share_generations`). */
  readonly shared?: SharedFlights | undefined;
  readonly memo: RequestMemo;
  /** Runs what would hold the event loop for long. */
  readonly slices: Slices;
  readonly telemetry: PipelineTelemetry;
  readonly upstream: Pick<UpstreamClient, 'send' | 'agentFor'>;
  /** Where the number of generations is bounded. */
  readonly slots?: Slots | undefined;
  /** Where callers do not all have one turn in a queue: by the name or id of a key, user, team or customer. */
  readonly queueWeights?: ReadonlyMap<string, number> | undefined;
  /** Bytes of the largest request body. */
  readonly bodyLimit: number;
  /** Milliseconds of silence after which the client of a stream gets a comment; 0 = never. */
  readonly streamKeepaliveMs: number;
  readonly passthrough: PassthroughSettings;
  /** Decides which of several stored answers a request gets. */
  readonly random: Random;
  /** `auth.require_key`. */
  readonly requireKey: boolean;
  /** Whether a request comes from an operator of the proxy; left out = none does. */
  readonly mayOperate?: (head: RequestHead) => boolean;
  readonly catalogue: ModelCatalogue;
  /** Present where keys, limits and the ledger are on. */
  readonly governed?: GovernedTools;
  /** Present where the proxy keeps responses of some model. */
  readonly kept?: KeptTools;
  /** Present where clients may ask for the model `auto`. */
  readonly auto?: AutoEntry;
  readonly upstreamModels: UpstreamModels;
  /** The model of that public name, or the `*` model. */
  model(name: string): ModelRuntime | undefined;
  readonly models: readonly ModelRuntime[];
}
