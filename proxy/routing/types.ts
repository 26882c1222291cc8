import type { EndpointCredential } from '../core/credential.ts';
import type { Outcome } from '../core/outcome.ts';
import type { PriceEntry } from '../core/price.ts';
import type { FairQueue } from './fair-queue.ts';

/** One upstream target of one model, fixed for the life of a configuration. */
export interface Endpoint {
  /** Unique over the configuration and free of secrets, e.g. `gpt-4o/azure-eu`. Shown in headers, stats and logs. */
  readonly id: string;
  readonly provider: string;
  /** `https://host:port`. */
  readonly origin: string;
  /** Path before the operation's, e.g. `/v1`. */
  readonly basePath: string;
  readonly credential: EndpointCredential;
  /** Name the endpoint knows the model by; undefined = the name that the client used. */
  readonly upstreamModel?: string;
  /** Parameters in the query of every request to it. */
  readonly query?: Readonly<Record<string, string>>;
  /** Lower-case name of the header that its key goes in; undefined = its provider's own. */
  readonly authHeader?: string;
  /** The one of chat completions and Responses that it has; undefined = what its provider has. */
  readonly api?: 'chat' | 'responses';
  readonly weight: number;
  /** Requests that it works on at the same time; undefined = any number. */
  readonly maxConcurrency?: number;
  /** Tier, 1..; lower ones come first. Undefined = 1. */
  readonly priority?: number;
  /** Canonical name of who stands behind it; undefined = made out by the name of the model that is asked for. */
  readonly providerName?: string;
  readonly price?: PriceEntry & { readonly input: number; readonly output: number };
  /** Largest context in tokens, when configured. */
  readonly contextWindow?: number;
  /** Extra request headers from the configuration. */
  readonly headers: Readonly<Record<string, string>>;
  /** It is asked over HTTP/2 where it takes that. */
  readonly http2?: true;
  /** It answers Responses and keeps none, or it has none. */
  readonly keepsNoResponses?: true;
  /** Keys that users have stored for its provider may go to it. */
  readonly takesOwnKeys?: true;
  /** Certificates that the endpoint's own is judged by, as PEM; undefined = those that Node trusts. */
  readonly ca?: string;
  /** Certificate and key that the endpoint is shown, as PEM; undefined = none. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string };
}

/** What the choice of an endpoint may depend on. */
export interface RouteRequest {
  /** Value that `sticky` hashes; undefined = no stickiness for this request. */
  readonly stickyKey?: string;
  /** Endpoint that owns an id the request refers to: tried first, whatever the strategy says. */
  readonly ownerId?: string;
  /** After `context_too_long`: only endpoints with a larger window than this many tokens. */
  readonly contextLargerThan?: number;
  /** After `unknown_previous_response`: only endpoints of accounts that were not tried. */
  readonly otherAccount?: boolean;
  /** Operation or route family, e.g. `chat.completions` or `images`: each has a health of its own. Undefined = the endpoint's. */
  readonly operation?: string;
  /** Name of the model that the client asked for. */
  readonly model?: string;
  /** Rather none than an endpoint that does not admit. */
  readonly admittingOnly?: boolean;
  /** Ids of the endpoints that alone may be asked. */
  readonly within?: ReadonlySet<string>;
  /** Digest of the credential that the caller brought: limits of endpoints that forward it concern it alone. */
  readonly credential?: string;
  /** By the id of an endpoint: names the key of the caller's own that this one is asked with. */
  readonly ownKeys?: ReadonlyMap<string, string>;
}

/** Why no endpoint could be had. */
export interface Refusal {
  /** Milliseconds until a request may be tried again; 0 when it may be now. */
  readonly retryAfterMs: number;
  /** The limit of the caller's own credential stands in the way at an endpoint that serves others. */
  readonly callersLimit: boolean;
}

/** What an answer said of one limit of the key that it was asked with. */
export interface RateLimitReading {
  /** `requests`, `tokens`, `input-tokens` … */
  readonly name: string;
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds until the limit begins anew. */
  readonly resetMs: number;
}

/** The right to send one request to one endpoint; counts as in flight until released. */
export interface Lease {
  readonly endpoint: Endpoint;
  /** True when this request tests an ejected endpoint. */
  readonly probe: boolean;
  /** Records the time to the first event, in milliseconds; at most once. */
  firstEvent(ms: number): void;
  /** Takes what the answer said of the limits of the endpoint's own key; absent where it counts for nothing. */
  readonly rateLimits?: ((readings: readonly RateLimitReading[]) => void) | undefined;
  /** Ends the lease; at most once, later calls are ignored. */
  release(outcome: Outcome): void;
}

/** All endpoints of one model, balanced. */
export interface ModelRouter {
  readonly model: string;
  readonly endpoints: readonly Endpoint[];
  /** Some endpoint is called with the credential of the caller. */
  readonly forwardsCredential: boolean;
  /** Requests that are at one of the endpoints now. */
  readonly inFlight: number;
  /** The next endpoint for this request that is not in `tried`, or undefined when none is left. */
  acquire(request: RouteRequest, tried: ReadonlySet<string>): Lease | undefined;
  /** Of requests that wait for endpoints which are full; undefined where none can be. */
  readonly queue?: FairQueue | undefined;
  /** Whether an endpoint that is not in `tried` would take this request, were it not full or others waiting for it. */
  canWait?(request: RouteRequest, tried: ReadonlySet<string>): boolean;
  /** The request's key for the strategy `sticky`; undefined with any other strategy, or when the request has none. */
  stickyKey(
    facts: { readonly promptCacheKey?: string; readonly user?: string },
    header: (name: string) => string | undefined,
  ): string | undefined;
  /** Why `acquire` has no endpoint for this request, and for how long; where the owner is known, it alone counts. */
  refusal(request: RouteRequest): Refusal;
}
