import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';

/** What the details of a `google.rpc.Status` say. */
export interface ErrorDetails {
  /** `API_KEY_INVALID`, `SERVICE_DISABLED` …, of an ErrorInfo. */
  readonly reason?: string;
  /** Milliseconds, of a RetryInfo. */
  readonly retryMs?: number;
  /** The time in which a quota comes back, of a QuotaFailure; a day where any of several quotas is of a day. */
  readonly window?: 'minute' | 'day';
}

/** A list of details is short; what lies behind its beginning is not read. */
const MAX_DETAILS = 16;
/** `48s`, `34.4s` (the JSON form of a google.protobuf.Duration). */
const DURATION = /^(\d{1,8}(?:\.\d{1,9})?)s$/;
const WINDOWS = [
  ['day', /PerDay/],
  ['minute', /Per(?:Minute|Second)/],
] as const;

/** Reads a list of details; {} for anything else. Never throws. */
export function readErrorDetails(details: Json | undefined): ErrorDetails {
  if (!Array.isArray(details)) return {};
  const entries = details.slice(0, MAX_DETAILS).filter(isJsonObject);
  const reason = entries.map((entry) => entry['reason']).find((value) => typeof value === 'string' && value !== '');
  const waits = entries.map(({ retryDelay }) => durationMs(retryDelay)).filter((ms) => ms !== undefined);
  const quotas = entries.flatMap(quotaIds);
  const window = WINDOWS.find(([, form]) => quotas.some((id) => form.test(id)))?.[0];
  return {
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(waits.length === 0 ? {} : { retryMs: Math.max(...waits) }),
    ...(window === undefined ? {} : { window }),
  };
}

function durationMs(text: Json | undefined): number | undefined {
  const [, seconds] = typeof text === 'string' ? (DURATION.exec(text) ?? []) : [];
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}

function quotaIds({ violations }: JsonObject): string[] {
  if (!Array.isArray(violations)) return [];
  const ids = violations.slice(0, MAX_DETAILS).map((violation) => isJsonObject(violation) && violation['quotaId']);
  return ids.filter((id) => typeof id === 'string');
}
