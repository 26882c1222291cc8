import { hash } from 'node:crypto';
import { OUTCOMES, type OutcomeKind } from '../core/outcome.ts';
import type { OperationId } from '../protocols/types.ts';
import { keptHeaders } from './kept-headers.ts';
import { ownBytes } from './recording.ts';
import type { Target } from './target.ts';
import type { Recording } from './types.ts';

/** What stays refused however often it is asked. 401, 403, 404, 408, 409 and 429 may have another answer a moment later. */
const LASTING: ReadonlySet<number> = new Set([400, 413, 415, 422]);
/** Bytes of a refusal that is stored. */
const MAX_BYTES = 65_536;

/** How an endpoint refused a request. */
export interface RefusalAnswer {
  readonly operation: OperationId;
  /** Public model name. */
  readonly model: string;
  readonly status: number;
  readonly outcome: OutcomeKind | undefined;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
  readonly endpoint: string;
  readonly target: Target;
}

/** A recording of the refusal, to be served to requests with this body; undefined where another attempt may be answered. */
export function recordRefusal(
  answer: RefusalAnswer,
  requestBody: Buffer,
  { now, ttlMs }: { readonly now: number; readonly ttlMs: number },
): Recording | undefined {
  const { operation, model, status, outcome, headers, body, endpoint, target } = answer;
  if (outcome === undefined || OUTCOMES[outcome].fault !== 'client' || !LASTING.has(status)) return undefined;
  if (ttlMs <= 0 || body.length > MAX_BYTES) return undefined;
  return {
    operation,
    model,
    shape: 'body',
    headers: keptHeaders(headers),
    bytes: ownBytes([body]),
    ends: [],
    times: [],
    endpoint,
    target,
    kept: false,
    encryptedItems: [],
    refusal: { status, request: digestOf(requestBody) },
    storedAt: now,
    expiresAt: now + ttlMs,
  };
}

/** Whether a stored refusal is one of a request with this body. */
export function isRefusalOf({ refusal }: Recording, request: { readonly body: Buffer } | undefined): boolean {
  return request !== undefined && refusal?.request === digestOf(request.body);
}

function digestOf(body: Buffer): string {
  return hash('sha256', body, 'hex');
}
