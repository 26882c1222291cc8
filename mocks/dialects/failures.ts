import type { ProviderError } from './errors.ts';
import { errorJson, errorReply } from './errors.ts';
import type { DialectContext, JsonReply, StreamEvent } from './reply.ts';

const SERVER_ERROR =
  'The server had an error while processing your request. Sorry about that! You can retry your request, or contact us through our help center at help.openai.com if the error persists.';
const OVERLOADED =
  'That model is currently overloaded with other requests. You can retry your request, or contact us through our help center at help.openai.com if the error persists.';
const RATE_LIMITED =
  'Rate limit reached for gpt-4o in organization org-mock on tokens per min (TPM): Limit 30000, Used 29937, Requested 385. Please try again in 644ms. Visit https://platform.openai.com/account/rate-limits to learn more.';
const QUOTA =
  'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.';

const BY_STATUS: Readonly<Record<number, ProviderError>> = {
  401: {
    message:
      'Incorrect API key provided: sk-mock. You can find your API key at https://platform.openai.com/account/api-keys.',
    type: 'invalid_request_error',
    param: null,
    code: 'invalid_api_key',
  },
  404: {
    message: 'The model `gpt-mock` does not exist or you do not have access to it.',
    type: 'invalid_request_error',
    param: null,
    code: 'model_not_found',
  },
  429: { message: RATE_LIMITED, type: 'tokens', param: null, code: 'rate_limit_exceeded' },
  500: { message: SERVER_ERROR, type: 'server_error', param: null, code: null },
  503: { message: OVERLOADED, type: 'server_error', param: null, code: null },
};

/** What the provider says with a status, for injected failures. `code: 'insufficient_quota'` is the other 429. */
export function providerError(status: number, code?: string): ProviderError {
  if (code === 'insufficient_quota') return { message: QUOTA, type: code, param: null, code };
  const known = BY_STATUS[status] ?? BY_STATUS[status >= 500 ? 500 : 0];
  const error = known ?? {
    message: 'The request was refused.',
    type: 'invalid_request_error',
    param: null,
    code: null,
  };
  return code === undefined ? error : { ...error, code };
}

export function providerErrorReply(status: number, context: DialectContext, code?: string): JsonReply {
  return errorReply(status, providerError(status, code), context);
}

/**
 * The events with which a stream that has begun reports a failure: chat and completions send the error object and `[DONE]`;
 * Responses send `error`, numbered on from the events already sent.
 */
export function streamFailure(operationId: string, error: ProviderError, eventsSent = 0): readonly StreamEvent[] {
  if (!operationId.startsWith('responses')) {
    return [
      { bytes: `data: ${errorJson(error)}\n\n`, tokens: 0, kind: 'close' },
      { bytes: 'data: [DONE]\n\n', tokens: 0, kind: 'close' },
    ];
  }
  const { message, type, param, code } = error;
  const nested = JSON.stringify({ type, code, message, param });
  const data = `{"type":"error","error":${nested},"sequence_number":${eventsSent}}`;
  return [{ bytes: `event: error\ndata: ${data}\n\n`, tokens: 0, kind: 'close' }];
}
