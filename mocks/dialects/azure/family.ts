import type { ProviderError } from '../errors.ts';
import { errorJson } from '../errors.ts';
import { providerError } from '../failures.ts';
import type { DialectFamily, LimitLevel } from '../family.ts';
import { json } from '../json.ts';
import type { HeaderList } from '../reply.ts';
import {
  azureError,
  azureErrorReply,
  azureProviderError,
  rateLimited,
  refusedAzureKey,
  resourceNotFound,
} from './errors.ts';
import { azureHeaders } from './headers.ts';
import { OPENAI } from '../openai-family.ts';

const PERIOD = '60';

function levelHeaders(unit: 'requests' | 'tokens', level: LimitLevel | undefined): HeaderList {
  if (level === undefined) return [];
  return [
    [`x-ratelimit-limit-${unit}`, String(level.limit)],
    [`x-ratelimit-remaining-${unit}`, String(level.remaining)],
    [`x-ratelimit-reset-${unit}`, String(Math.ceil(level.resetMs / 1000))],
    [`x-ratelimit-renewalperiod-${unit}`, PERIOD],
  ];
}

const QUOTA = providerError(429, 'insufficient_quota');

/** Azure OpenAI: OpenAI's operations behind Microsoft's gateway. */
export const AZURE: DialectFamily = {
  ...OPENAI,
  id: 'azure',
  ownsPath: (path) => path.startsWith('/openai/'),
  sentBy: (headers) => headers['api-key'] !== undefined,
  refusedKey: refusedAzureKey,
  unparsableBody(context, contentType) {
    const reply = OPENAI.unparsableBody(context, contentType);
    return { ...reply, headers: azureHeaders(context, 'application/json') };
  },
  unknownUrl: (_request, context) => resourceNotFound(context),
  wrongMethod: (_request, _allowed, context) => resourceNotFound(context),
  providerError: (status, code) => azureProviderError(status, usualError(status, code)),
  errorReply: (status, error, context) => azureErrorReply(status, azureError(status, error), context),
  errorJson: (status, error) => (status < 500 ? json({ error: azureError(status, error) }) : errorJson(error)),
  successHeaders: azureHeaders,
  limits: {
    standing: ({ requests, tokens }) => [...levelHeaders('requests', requests), ...levelHeaders('tokens', tokens)],
    refused({ type, retryMs }, { requests, tokens }, context) {
      if (type === 'insufficient_quota') return azureErrorReply(429, { ...QUOTA }, context);
      const seconds = Math.max(1, Math.ceil((retryMs ?? 60_000) / 1000));
      const reply = azureErrorReply(429, rateLimited(seconds), context);
      const pauses: HeaderList = [
        ['retry-after', String(seconds)],
        ['retry-after-ms', String(Math.ceil(retryMs ?? 60_000))],
      ];
      const standing = [...levelHeaders('requests', requests), ...levelHeaders('tokens', tokens)];
      return { ...reply, headers: [...reply.headers, ...pauses, ...standing] };
    },
  },
};

function usualError(status: number, code: string | undefined): ProviderError {
  return providerError(status, code);
}
