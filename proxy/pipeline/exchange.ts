import type { Boarding, Flight } from '../cache/flight.ts';
import type { WholeStream } from '../cache/recorder.ts';
import type { CacheControls, CacheHit, Recording, Replay } from '../cache/types.ts';
import type { ProxyError } from '../core/errors.ts';
import type { OutcomeKind } from '../core/outcome.ts';
import type { JsonObject } from '../core/json.ts';
import type { AnswerFacts, Protocol, RequestFacts, TokenUsage } from '../protocols/types.ts';
import type { MemoEntry } from './request-memo.ts';
import type { ModelRuntime } from './runtime.ts';
import type { RequestView, Responder } from './http.ts';

/** The head of an upstream answer that a flight carries to its passengers. */
export interface AnswerHead {
  readonly status: number;
  readonly shape: 'body' | 'stream';
  readonly headers: readonly (readonly [string, string])[];
  readonly endpoint: string;
  readonly attempts: number;
  /** Bytes of a body that is already whole. */
  readonly length?: number;
}

/** Why a flight never opened: an answer that an endpoint gave, or an error of our own. */
export type FlightFailure =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: readonly (readonly [string, string])[];
      readonly body: Buffer;
      readonly endpoint: string;
      readonly attempts: number;
    }
  | { readonly kind: 'error'; readonly error: ProxyError; readonly attempts: number; readonly endpoint?: string };

/** What is learnt of an answer while and after it passes. */
export interface AnswerRecord {
  /** When each chunk of the answer came, in monotonic milliseconds. */
  readonly times: number[];
  outcome?: OutcomeKind;
  facts?: AnswerFacts;
  whole?: WholeStream;
  recording?: Recording;
  usage?: TokenUsage;
}

export interface AnswerFlight {
  readonly flight: Flight<AnswerHead, FlightFailure>;
  /** Filled by the producer before the flight ends. */
  readonly record: AnswerRecord;
  /** Set by `record`: stores the verified answer. */
  onVerified?: (endpoint: string) => void;
  /** Set by `join`: takes the flight off the board, in the same tick in which it ends. */
  onLanding?: () => void;
}

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
