import type { NanoUsd } from '../core/money.ts';
import type { TokenUsage } from '../protocols/types.ts';

/** How the cache took part, as `x-llmproxy-cache` says it; `none` for routes that are never cached. */
export type CacheResult = 'hit' | 'miss' | 'joined' | 'stale' | 'bypass' | 'none';

/** Who ended an exchange, and what it was doing then. */
export interface Termination {
  /** `client`: it left. `proxy`: refusal, timeout, shutdown. `upstream`: its answer, good or bad, was the end. */
  readonly by: 'client' | 'proxy' | 'upstream';
  /** Name of the pipeline stage; `done` when the answer was delivered whole. */
  readonly phase: string;
}

/** One client request, reported once, at its end: the source of the access line and of the metrics. */
export interface ExchangeRecord {
  readonly id: string;
  readonly method: string;
  /** Path as the client wrote it. */
  readonly path: string;
  /** `chat.completions`, `responses`, `models` … or `passthrough`: a name of the route table, never a client's text. */
  readonly operation: string;
  /** Name the client asked for; metrics show it only when it is configured. */
  readonly model?: string | undefined;
  readonly stream: boolean;
  /** Id of the endpoint that answered, now or when the stored answer was made. */
  readonly endpoint?: string | undefined;
  /** Attempts at endpoints made for this exchange; 0 for a hit. */
  readonly attempts: number;
  /** One of them was made beside another. */
  readonly hedged?: boolean;
  readonly cache: CacheResult;
  /** HTTP status sent; 499 when the client left before one was. */
  readonly status: number;
  readonly termination: Termination;
  /** When the request head came, in monotonic milliseconds of the proxy's clock. */
  readonly startedAt: number;
  /** From the arrival of the request head to the end, in milliseconds. */
  readonly ms: number;
  /** To the first content event (of a stream) or the first body byte, in milliseconds. */
  readonly ttftMs?: number | undefined;
  readonly tokens?: TokenUsage | undefined;
  /** Id of the caller's virtual key. */
  readonly key?: string | undefined;
  readonly keyName?: string | undefined;
  /** Where a ledger is kept: what the request was charged by its end, in billionths of a US dollar; null = unknown. */
  readonly cost?: NanoUsd | null | undefined;
  /** Code of the proxy's own error, when it gave one. */
  readonly error?: string | undefined;
}
