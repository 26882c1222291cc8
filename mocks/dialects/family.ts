import type { ProviderError } from './errors.ts';
import type { DialectContext, DialectRequest, FamilyId, HeaderList, JsonReply, StreamEvent } from './reply.ts';

/** A failure in a stream that has begun. */
export interface StreamBreak {
  readonly operation: string;
  /** That the failure would have had before the stream. */
  readonly status: number;
  readonly error: ProviderError;
  readonly eventsSent: number;
  readonly context: DialectContext;
}

/** How much of one limit is left. */
export interface LimitLevel {
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds until it is full again. */
  readonly resetMs: number;
}

export interface LimitStanding {
  readonly requests?: LimitLevel | undefined;
  readonly tokens?: LimitLevel | undefined;
}

/** Why a limit refuses a request. */
export interface LimitRefused {
  readonly type: 'requests' | 'tokens' | 'insufficient_quota';
  readonly model: string;
  /** Of the limit that refuses; absent for a spent quota. */
  readonly limit?: number | undefined;
  /** Milliseconds after which the same request is admitted. Absent when waiting does not help. */
  readonly retryMs?: number | undefined;
}

/** How a provider speaks of rate limits. */
export interface LimitWords {
  /** Headers of an answer. */
  standing(standing: LimitStanding, context: DialectContext): HeaderList;
  /** The whole refusal. */
  refused(refusal: LimitRefused, standing: LimitStanding, context: DialectContext): JsonReply;
}

type Asked = Pick<DialectRequest, 'method' | 'path'>;
type KeyHolder = Pick<DialectRequest, 'headers' | 'query'>;

/** What all operations of one API have in common: envelope of errors, headers, keys. One row a family in `families.ts`. */
export interface DialectFamily {
  readonly id: FamilyId;
  /** The path is this family's and no other's. */
  ownsPath(path: string): boolean;
  /** The headers are those of this family's clients; decides where the path does not. */
  sentBy(headers: Readonly<Record<string, string | readonly string[] | undefined>>): boolean;
  /** Refusal of a request without one of the context's keys; undefined when there is no such list, or the key is in it. */
  refusedKey(request: KeyHolder, context: DialectContext): JsonReply | undefined;
  unparsableBody(context: DialectContext, contentType?: string): JsonReply;
  /** 404 for a path that has no operation. */
  unknownUrl(request: Asked, context: DialectContext): JsonReply;
  /** For a path that exists under other methods. */
  wrongMethod(request: Asked, allowed: readonly string[], context: DialectContext): JsonReply;
  /** What the provider says with a status, for injected failures. `code: 'insufficient_quota'`: an account without credit. */
  providerError(status: number, code?: string): ProviderError;
  errorReply(status: number, error: ProviderError, context: DialectContext): JsonReply;
  /** The error object alone, compact. */
  errorJson(status: number, error: ProviderError): string;
  /** The events with which a stream that has begun reports a failure, what ends the stream included. */
  streamFailure(failure: StreamBreak): readonly StreamEvent[];
  successHeaders(context: DialectContext, contentType: string): HeaderList;
  /** Absent: OpenAI's. */
  readonly limits?: LimitWords | undefined;
}

/** What the provider says with a status, as a whole answer. */
export function failureReply(family: DialectFamily, status: number, context: DialectContext, code?: string): JsonReply {
  return family.errorReply(status, family.providerError(status, code), context);
}
