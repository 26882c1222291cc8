import type { CacheControls, CacheHit, Replay } from '../cache/types.ts';
import type { JsonObject } from '../core/json.ts';
import type { Protocol, RequestFacts, TokenUsage } from '../protocols/types.ts';
import type { Boarding } from '../flights/flight.ts';
import type { AnswerFlight } from '../generation/answer.ts';
import type { MemoEntry } from './request-memo.ts';
import type { ModelRuntime } from './runtime.ts';
import type { RequestView, Responder } from '../wire/http.ts';

export type CacheStatus = 'hit' | 'miss' | 'joined' | 'stale' | 'bypass';

/** The caching side of an exchange, decided in `lookup`. */
export interface CachePlan {
  readonly controls: CacheControls;
  readonly key: string;
  readonly read: boolean;
  readonly write: boolean;
  /** Whether equal requests may share one upstream call. */
  readonly share: boolean;
}

export type Phase = 'receive' | 'identify' | 'lookup' | 'join' | 'forward' | 'record' | 'respond' | 'settle';

export interface Termination {
  by: 'client' | 'proxy' | 'upstream';
  phase: Phase;
}

/** One client request with its whole life; each stage fills in its part. */
export interface Exchange {
  readonly id: string;
  readonly protocol: Protocol;
  readonly request: RequestView;
  readonly responder: Responder;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  phase: Phase;
  /** True once the client has left before its answer was complete. */
  left: boolean;
  facts?: RequestFacts;
  entry?: MemoEntry;
  /** The parsed body; absent when the memo made parsing needless. */
  parsed?: JsonObject;
  model?: ModelRuntime;
  scope: string;
  plan?: CachePlan;
  cacheStatus: CacheStatus;
  /** Age of a replayed answer in seconds. */
  ageSeconds?: number;
  replay?: Replay;
  /** An entry past its end, kept for `stale-if-error`. */
  staleHit?: CacheHit;
  answer?: AnswerFlight;
  /** True when this exchange started the flight and has its upstream call made. */
  leads: boolean;
  boarding?: Boarding;
  endpoint?: string;
  attempts: number;
  status: number;
  errorCode?: string;
  usage?: TokenUsage;
  /** Milliseconds from the start to the first byte that the client got of the answer. */
  ttftMs?: number;
  termination?: Termination;
}

export interface ExchangeSeed {
  readonly id: string;
  readonly protocol: Protocol;
  readonly request: RequestView;
  readonly responder: Responder;
  readonly startedAt: number;
}

/** All members are there from the start: an object that grows is laid out again and again. */
export function createExchange({ id, protocol, request, responder, startedAt }: ExchangeSeed): Exchange {
  const exchange: Exchange = {
    id,
    protocol,
    request,
    responder,
    startedAt,
    phase: 'receive',
    left: false,
    facts: undefined,
    entry: undefined,
    parsed: undefined,
    model: undefined,
    scope: '',
    plan: undefined,
    cacheStatus: 'bypass',
    ageSeconds: undefined,
    replay: undefined,
    staleHit: undefined,
    answer: undefined,
    leads: false,
    boarding: undefined,
    endpoint: undefined,
    attempts: 0,
    status: 0,
    errorCode: undefined,
    usage: undefined,
    ttftMs: undefined,
    termination: undefined,
  };
  responder.onLeave(() => {
    exchange.left = true;
    exchange.termination ??= { by: 'client', phase: exchange.phase };
    exchange.boarding?.leave();
  });
  return exchange;
}
