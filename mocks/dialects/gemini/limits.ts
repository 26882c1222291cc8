import type { LimitRefused } from '../family.ts';
import type { GoogleError } from './errors.ts';
import { detail, googleError } from './errors.ts';

const EXCEEDED =
  'You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits. To monitor your current usage, head to: https://ai.dev/rate-limit. ';
const HELP = detail('Help', {
  links: [
    { description: 'Learn more about Gemini API quotas', url: 'https://ai.google.dev/gemini-api/docs/rate-limits' },
  ],
});
const METRIC = 'generativelanguage.googleapis.com/generate_content_paid_tier';
const NANOSECONDS = 1_000_000_000;

const QUOTAS = {
  tokens: { metric: `${METRIC}_input_token_count`, id: 'GenerateContentPaidTierInputTokensPerModelPerMinute' },
  requests: { metric: `${METRIC}_requests`, id: 'GenerateRequestsPerMinutePerProjectPerModel' },
  insufficient_quota: { metric: `${METRIC}_requests`, id: 'GenerateRequestsPerDayPerProjectPerModel' },
} as const;

/** Seconds as the message has them, to the nanosecond. */
function exactSeconds(ms: number): string {
  const nanoseconds = Math.round((ms / 1000) * NANOSECONDS);
  return String(nanoseconds / NANOSECONDS);
}

/** Whole seconds, as recorded; what is shorter is not made nothing. */
function delay(ms: number): string {
  return ms < 1000 ? `${exactSeconds(ms)}s` : `${Math.floor(ms / 1000)}s`;
}

/** 429 with the quota that is spent and, where waiting helps, how long to wait: nothing of it stands in a header. */
export function quotaExceeded({ type, model, limit = 0, retryMs }: LimitRefused): GoogleError {
  const { metric, id } = QUOTAS[type];
  const waits = retryMs === undefined ? '' : `\nPlease retry in ${exactSeconds(retryMs)}s.`;
  const message = `${EXCEEDED}\n* Quota exceeded for metric: ${metric}, limit: ${limit}, model: ${model}${waits}`;
  const violation = {
    quotaMetric: metric,
    quotaId: id,
    quotaDimensions: { location: 'global', model },
    quotaValue: String(limit),
  };
  const failure = detail('QuotaFailure', { violations: [violation] });
  const retry = retryMs === undefined ? [] : [detail('RetryInfo', { retryDelay: delay(retryMs) })];
  return googleError(429, message, [HELP, failure, ...retry]);
}
