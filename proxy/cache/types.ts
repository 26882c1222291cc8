import type { OperationId, OwnFields, StreamView, TokenUsage } from '../protocols/types.ts';
import type { ReadyForm } from './ready-form.ts';
import type { Target, Targets } from './target.ts';

/** A complete answer as it came: what a replay needs to be event-for-event what the miss was. */
export interface Recording {
  readonly operation: OperationId;
  /** Public model name. */
  readonly model: string;
  readonly shape: 'body' | 'stream';
  /** Answer headers worth keeping (content-type, openai-*, x-request-id of the provider …), lower-case names. */
  readonly headers: readonly (readonly [string, string])[];
  /** The body, or all events one after the other, exactly as received. */
  readonly bytes: Buffer;
  /** What most clients are sent, where it is known. */
  readonly ready?: ReadyForm;
  /** For streams: end offset of each event in `bytes`. */
  readonly ends: readonly number[];
  /** For streams: whole milliseconds from the first event to each event. */
  readonly times: readonly number[];
  /** Id of the endpoint that generated it. */
  readonly endpoint: string;
  readonly target: Target;
  /** Provider's id of the answer; for Responses the key of affinity. */
  readonly answerId?: string;
  /** Whether the provider keeps the answer under that id, so that it can be deleted there. */
  readonly kept: boolean;
  readonly usage?: TokenUsage;
  /** Ids of items that only that endpoint can read back. */
  readonly encryptedItems: readonly string[];
  /** Of an endpoint's refusal of the request; absent for a good answer. */
  readonly refusal?: Refusal;
  /** Epoch milliseconds. */
  readonly storedAt: number;
  readonly expiresAt: number;
}

export interface Refusal {
  readonly status: number;
  /**
   * SHA-256 of the body that was refused, in hexadecimal. Fields that count for no answer may be what is wrong with a
   * request: only one of the same bytes is refused again.
   */
  readonly request: string;
}

export interface CacheHit {
  readonly recording: Recording;
  /** False when it is too old for this request: it may stand in for a failure, or for the answer that renews it. */
  readonly fresh: boolean;
  readonly tier: 'memory' | 'redis';
  /** Id of the endpoint that has the recording's target today. */
  readonly endpoint: string;
}

/** What a lookup may find. */
export interface LookupTerms {
  readonly controls: CacheControls;
  /** Entries of other targets are misses. */
  readonly targets: Targets;
  /** The request, which a stored refusal has to be of; without it refusals are misses. */
  readonly request?: { readonly body: Buffer };
}

/** What a request asked of the cache, from `Cache-Control` and the body's `cache` member; the stricter one wins. */
export interface CacheControls {
  readonly read: boolean;
  readonly write: boolean;
  /** Only entries younger than this many milliseconds. */
  readonly maxAgeMs?: number;
  /** Only entries that stay fresh for this many milliseconds. */
  readonly minFreshMs?: number;
  readonly onlyIfCached: boolean;
  /** Serve an entry up to this many milliseconds past its end when every endpoint fails. */
  readonly staleIfErrorMs?: number;
  /** Serve an entry up to this many milliseconds past its end at once, and renew it. */
  readonly staleWhileRevalidateMs?: number;
  /** Store for this many milliseconds instead of the configured time. */
  readonly ttlMs?: number;
  readonly namespace?: string;
}

/** A stored answer made ready for one client. */
export interface Replay {
  /** Of a refusal; a good answer has 200. */
  readonly status?: number;
  readonly headers: readonly (readonly [string, string])[];
  /** Ready-to-send bytes: the JSON body or the whole event stream. */
  readonly body: Buffer;
}

export interface ReplayRequest {
  readonly stream: boolean;
  readonly view: StreamView;
  /** The client's fields that name it; undefined where all readers of the recording have the same. */
  readonly own?: OwnFields | undefined;
}
