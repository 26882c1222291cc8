import type { ProviderError } from '../dialects/errors.ts';
import type { ErrorFields } from '../rules/fault.ts';

/** What the provider says with a status, when nobody scripted something else. */
const BY_STATUS: Readonly<Record<number, ProviderError>> = {
  401: {
    message:
      'Incorrect API key provided: sk-mock. You can find your API key at https://platform.openai.com/account/api-keys.',
    type: 'invalid_request_error',
    param: null,
    code: 'invalid_api_key',
  },
  403: {
    message: 'You are not allowed to sample from this model',
    type: 'invalid_request_error',
    param: null,
    code: null,
  },
  413: { message: 'Request body is too large.', type: 'invalid_request_error', param: null, code: null },
  429: {
    message:
      'Rate limit reached for gpt-4o in organization org-mock on requests per min (RPM): Limit 500, Used 500, Requested 1. Please try again in 120ms. Visit https://platform.openai.com/account/rate-limits to learn more.',
    type: 'requests',
    param: null,
    code: 'rate_limit_exceeded',
  },
  503: {
    message:
      'That model is currently overloaded with other requests. You can retry your request, or contact us through our help center at help.openai.com if the error persists.',
    type: 'server_error',
    param: null,
    code: null,
  },
};

const SERVER_ERROR: ProviderError = {
  message:
    'The server had an error while processing your request. Sorry about that! You can retry your request, or contact us through our help center at help.openai.com if the error persists.',
  type: 'server_error',
  param: null,
  code: null,
};

const REFUSED: ProviderError = {
  message: 'The request was refused.',
  type: 'invalid_request_error',
  param: null,
  code: null,
};

/** The provider's error for a status, with the given fields in place of its own. */
export function providerError(status: number, fields: ErrorFields = {}): ProviderError {
  const usual = BY_STATUS[status] ?? (status >= 500 ? SERVER_ERROR : REFUSED);
  return {
    message: fields.message ?? usual.message,
    type: fields.type ?? usual.type,
    param: fields.param === undefined ? usual.param : fields.param,
    code: fields.code === undefined ? usual.code : fields.code,
  };
}
