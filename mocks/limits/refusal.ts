import { goDuration } from './duration.ts';

/** An answer with status 429. */
export interface LimitRefusal {
  readonly type: 'requests' | 'tokens' | 'insufficient_quota';
  readonly code: 'rate_limit_exceeded' | 'insufficient_quota';
  readonly message: string;
  /** Of the limit that refuses; absent for a spent quota. */
  readonly limit?: number | undefined;
  /** Milliseconds after which the same request is admitted, if no other request comes between. Absent when waiting does not help. */
  readonly retryMs?: number | undefined;
}

/** One kind of limit, as the provider names it. */
export interface LimitKind {
  readonly unit: 'requests' | 'tokens';
  readonly label: string;
}

export interface Excess {
  readonly kind: LimitKind;
  readonly model: string;
  readonly organization: string;
  readonly limit: number;
  readonly requested: number;
}

const VISIT = 'Visit https://platform.openai.com/account/rate-limits to learn more.';

const QUOTA =
  'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.';

export function quotaRefusal(): LimitRefusal {
  return { type: 'insufficient_quota', code: 'insufficient_quota', message: QUOTA };
}

export function rateRefusal(excess: Excess, used: number, retryMs: number): LimitRefusal {
  const { kind, model, organization, limit, requested } = excess;
  const message =
    `Rate limit reached for ${model} in organization ${organization} on ${kind.label}: ` +
    `Limit ${limit}, Used ${used}, Requested ${requested}. Please try again in ${goDuration(retryMs)}. ${VISIT}`;
  return { type: kind.unit, code: 'rate_limit_exceeded', message, limit, retryMs };
}

/** The request asks for more than the bucket ever holds. */
export function tooLarge(excess: Excess): LimitRefusal {
  const { kind, model, organization, limit, requested } = excess;
  const message =
    `Request too large for ${model} in organization ${organization} on ${kind.label}: Limit ${limit}, Requested ${requested}. ` +
    `The input or output tokens must be reduced in order to run successfully. ${VISIT}`;
  return { type: kind.unit, code: 'rate_limit_exceeded', message, limit };
}
