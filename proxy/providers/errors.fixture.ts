import { PROVIDERS } from './table.ts';
import type { EndpointAnswer, ProviderId } from './types.ts';

/** Epoch milliseconds at which every answer came. */
export const NOW = Date.parse('2026-08-19T14:34:12Z');

export interface Said {
  readonly status: number;
  readonly body: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function answer({ status, body, headers = {} }: Said, callersCredential = false): EndpointAnswer {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return { status, headers, body: bytes, callersCredential, now: NOW };
}

export const classify = (provider: ProviderId, said: Said) => PROVIDERS[provider].classify(answer(said));

export const anthropicError = (type: string, message: string) => ({
  type: 'error',
  error: { type, message },
  request_id: 'req_011CabCdEfGh',
});

/** Gemini's sentence for a quota that comes back within a minute. */
export const PER_MINUTE =
  'You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits. \n* Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_paid_tier_input_token_count, limit: 1000000, model: gemini-2.5-flash\nPlease retry in 48.939935699s.';

/** The details of an error of Gemini about this quota. */
export const details = (quotaId: string, retryDelay?: string) => [
  { '@type': 'type.googleapis.com/google.rpc.Help', links: [{ description: 'x', url: 'https://ai.google.dev' }] },
  {
    '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
    violations: [{ quotaMetric: 'm', quotaId, quotaDimensions: { model: 'gemini-2.5-flash' }, quotaValue: '1' }],
  },
  ...(retryDelay === undefined ? [] : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay }]),
];

export const geminiError = (code: number, status: string, message: string, more: object = {}) => ({
  error: { code, message, status, ...more },
});

export const errorInfo = (reason: string) => ({
  details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com' }],
});

export const azureError = (code: string, message: string, more: object = {}) => ({ error: { code, message, ...more } });
