import type { CacheControls, CacheHit, LookupTerms, Replay } from '../cache/types.ts';
import type { Attachment } from '../flights/flight.ts';
import type { Generation } from '../generation/generation.ts';
import type { JsonObject } from '../core/json.ts';
import type { Protocol, RequestFacts, TokenUsage } from '../protocols/types.ts';
import type { AttemptRecord } from '../telemetry/attempt-record.ts';
import type { Termination } from '../telemetry/exchange-record.ts';
import type { ExchangeTrace } from '../telemetry/exchange-trace.ts';
import type { BodySource, RequestHead, RequestView, Responder } from '../wire/http.ts';
import type { AutoRun } from './auto/auto-run.ts';
import type { FallbackRun } from './fallback-run.ts';
import type { KeptState } from './kept.ts';
import type { GatewayState } from './gateway/types.ts';
import type { RequestAccount } from './governed/account.ts';
import type { OwnKeys } from './governed/own-keys.ts';
import type { Principal } from './principal.ts';
import type { MemoEntry } from './request-memo.ts';
import type { PartsState } from './parts/types.ts';
import type { PassthroughState } from './passthrough-state.ts';
import type { StoredState } from './stored-response.ts';
import type { ModelRuntime } from './runtime.ts';
import type { SocketWay } from './socket-way.ts';
import type { Transport } from './transport.ts';

/** Status noted for a client that left before it was sent one. */
export const CLIENT_CLOSED_REQUEST = 499;

export type CacheStatus = 'hit' | 'miss' | 'joined' | 'stale' | 'bypass';

/** The caching side of an exchange, decided in `lookup`. */
export interface CachePlan {
  readonly controls: CacheControls;
  readonly terms: LookupTerms;
  /** Of the entry that the generation makes; where several answers are kept, the lookup decides of which. */
  key: string;
  readonly read: boolean;
  readonly write: boolean;
  /** Whether equal requests may share one upstream call. */
  readonly share: boolean;
}

/** A look into the cache that was begun before the request was admitted. */
export interface LookAhead {
  readonly model: ModelRuntime;
  readonly plan: CachePlan;
  readonly found: CacheHit | undefined | Promise<CacheHit | undefined>;
}

export type Phase =
  | 'identify'
  | 'receive'
  | 'resolve'
  | 'admit'
  | 'prepare'
  | 'recall'
  | 'lookup'
  | 'join'
  | 'forward'
  | 'respond'
  | 'settle';

/** The client's part in the generation that it follows. */
export interface Following extends Attachment {
  /** Ends the answer at once, because the proxy stops. */
  interrupt(): void;
}

/** One client request with its whole life; each stage fills in its part. */
export interface RequestContext {
  readonly id: string;
  /** What the route means, for the access line and metrics: a name of the route table. */
  readonly operation: string;
  /** The wire format of the request and of its errors. */
  readonly protocol: Protocol;
  /** From `identify` on without the caller's virtual key in its headers. */
  head: RequestHead;
  /** Path and query as the client wrote them, for the access line. */
  readonly writtenPath: string;
  readonly source: BodySource;
  /** The way back to the client; a stage may put another in front of it. */
  responder: Responder;
  /** What the route found in the path: the id of a response or the name of a model. */
  readonly subject: string | undefined;
  /** On routes that are not interpreted: how the server carries what no generation carries. */
  readonly transport: Transport | undefined;
  /** On a WebSocket that is read here: the server's side of it. */
  readonly socket: SocketWay | undefined;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  /** While an observer wants stages marked. */
  readonly trace: ExchangeTrace | undefined;
  phase: Phase;
  /** True once the client has left before its answer was complete. */
  left: boolean;
  /** The client of a stream has been sent a head, and no part of an answer yet. */
  isWaiting: boolean;
  principal: Principal | undefined;
  /** Where a ledger is kept: what the request owes. */
  account: RequestAccount | undefined;
  /** Of a request of a service. */
  gateway: GatewayState | undefined;
  /** The caller's own limits, in the form of its family. */
  limitHeaders: Readonly<Record<string, string>> | undefined;
  request: RequestView | undefined;
  facts: RequestFacts | undefined;
  entry: MemoEntry | undefined;
  /** The parsed body; absent when the memo made parsing needless. */
  parsed: JsonObject | undefined;
  model: ModelRuntime | undefined;
  /** Of a request for the model `auto`. */
  auto: AutoRun | undefined;
  /** Once a model with fallbacks has failed. */
  fallback: FallbackRun | undefined;
  scope: string;
  /** Id of the one endpoint that is to answer, where the request may name it. */
  chosenEndpoint: string | undefined;
  /** Where endpoints of the model are asked with keys that the caller's user has stored. */
  keys: OwnKeys | undefined;
  /** What the request names was made with this credential; without one with the operator's key. */
  bound: { readonly credential: string | undefined } | undefined;
  plan: CachePlan | undefined;
  ahead: LookAhead | undefined;
  /** `none` on routes that are never cached. */
  cacheStatus: CacheStatus | 'none';
  /** Age of a replayed answer in seconds. */
  ageSeconds: number | undefined;
  replay: Replay | undefined;
  /** An entry that is too old for the request and may stand in for a failure. */
  staleHit: CacheHit | undefined;
  /** Whole seconds past its end of an entry that is served while it is renewed. */
  pastSeconds: number | undefined;
  /** Of a list of inputs that are stored one by one. */
  parts: PartsState | undefined;
  passthrough: PassthroughState | undefined;
  stored: StoredState | undefined;
  kept: KeptState | undefined;
  generation: Generation | undefined;
  /** True when this exchange has the generation made. */
  startsGeneration: boolean;
  attachment: Following | undefined;
  /** Of generations that the exchange had made before the one that it has now. */
  attemptsBefore: readonly AttemptRecord[] | undefined;
  /** Its neighbours among the exchanges that run. */
  previousRunning: RequestContext | undefined;
  nextRunning: RequestContext | undefined;
  endpoint: string | undefined;
  /** Id of the user's own key that the endpoint was asked with; undefined = it was none. */
  credential: string | undefined;
  attempts: number;
  status: number;
  errorCode: string | undefined;
  usage: TokenUsage | undefined;
  /** Milliseconds from the start to the first byte that the client got of the answer. */
  ttftMs: number | undefined;
  termination: Termination | undefined;
}

export type ContextSeed = Pick<
  RequestContext,
  'id' | 'operation' | 'protocol' | 'head' | 'source' | 'responder' | 'subject' | 'startedAt' | 'cacheStatus'
> &
  Partial<Pick<RequestContext, 'transport' | 'socket' | 'writtenPath' | 'kept' | 'trace'>>;

/** All members are there from the start: an object that grows is laid out again and again. */
export function createContext(seed: ContextSeed): RequestContext {
  const { id, operation, protocol, head, source, responder, subject, startedAt, cacheStatus } = seed;
  const context: RequestContext = {
    id,
    operation,
    protocol,
    head,
    writtenPath: seed.writtenPath ?? head.path,
    source,
    responder,
    subject,
    transport: seed.transport,
    socket: seed.socket,
    startedAt,
    trace: seed.trace,
    phase: 'identify',
    left: false,
    isWaiting: false,
    principal: undefined,
    account: undefined,
    gateway: undefined,
    limitHeaders: undefined,
    request: undefined,
    facts: undefined,
    entry: undefined,
    parsed: undefined,
    model: undefined,
    auto: undefined,
    fallback: undefined,
    scope: '',
    chosenEndpoint: undefined,
    keys: undefined,
    bound: undefined,
    plan: undefined,
    ahead: undefined,
    cacheStatus,
    ageSeconds: undefined,
    replay: undefined,
    staleHit: undefined,
    pastSeconds: undefined,
    parts: undefined,
    passthrough: undefined,
    stored: undefined,
    kept: seed.kept,
    generation: undefined,
    startsGeneration: false,
    attachment: undefined,
    attemptsBefore: undefined,
    previousRunning: undefined,
    nextRunning: undefined,
    endpoint: undefined,
    credential: undefined,
    attempts: 0,
    status: 0,
    errorCode: undefined,
    usage: undefined,
    ttftMs: undefined,
    termination: undefined,
  };
  responder.onLeave(() => leave(context));
  return context;
}

/** The client has left. */
function leave(context: RequestContext): void {
  context.left = true;
  context.termination ??= { by: 'client', phase: context.phase };
  context.attachment?.leave();
}
