import type { ProviderError } from '../errors.ts';
import type { DialectFamily } from '../family.ts';
import type { DialectContext } from '../reply.ts';
import { blockedReply } from './blocked.ts';
import type { ErrorForm, GoogleError } from './errors.ts';
import {
  BROKEN_JSON,
  errorForm,
  googleErrorJson,
  googleErrorReply,
  googleStreamFailure,
  refusedGeminiKey,
  statusWord,
  unknownGeminiUrl,
} from './errors.ts';
import { googleHeaders } from './headers.ts';
import { quotaExceeded } from './limits.ts';

const OWN_PATH = /^\/(?:(?:upload|download)\/v1|v1(?:beta|alpha)\/|v1\/cachedContents(?:\/|$))/;
const METHOD_PATH =
  /^\/v1\/models\/[^/]+:(?:generateContent|streamGenerateContent|countTokens|embedContent|batchEmbedContents|batchGenerateContent)$/;

const SENTENCES: Readonly<Record<number, string>> = {
  400: 'Request contains an invalid argument.',
  401: 'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
  403: 'The caller does not have permission',
  404: 'models/gemini-mock is not found for API version v1beta, or is not supported for generateContent. Call ModelService.ListModels to see the list of available models and their supported methods.',
  500: 'An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting',
  503: 'The model is overloaded. Please try again later.',
  504: 'Deadline expired before operation could complete.',
};

const RATE_LIMITED = quotaExceeded({
  type: 'tokens',
  model: 'gemini-2.5-flash',
  limit: 1_000_000,
  retryMs: 48_939.935_699,
});
const QUOTA_SPENT = quotaExceeded({ type: 'insufficient_quota', model: 'gemini-2.5-flash', limit: 250 });

function providerError(status: number, code?: string): ProviderError {
  const of = (message: string): ProviderError => ({
    message,
    type: statusWord(status),
    param: null,
    code: code ?? null,
  });
  if (status === 429) return of(code === 'insufficient_quota' ? QUOTA_SPENT.message : RATE_LIMITED.message);
  return of(SENTENCES[status] ?? SENTENCES[status >= 500 ? 500 : 400] ?? '');
}

/** A status word among types stands for itself; those of other families are told by the status. */
function googleErrorOf(status: number, { message, type }: ProviderError): GoogleError {
  const known = [RATE_LIMITED, QUOTA_SPENT].find((error) => error.code === status && error.message === message);
  return known ?? { code: status, message, status: /^[A-Z_]+$/.test(type) ? type : statusWord(status) };
}

const formOf = ({ asked }: DialectContext): ErrorForm => (asked === undefined ? 'object' : errorForm(asked));

/** Google's Gemini API. */
export const GEMINI: DialectFamily = {
  id: 'gemini',
  ownsPath: (path) => OWN_PATH.test(path) || METHOD_PATH.test(path),
  sentBy: (headers) => headers['x-goog-api-key'] !== undefined || headers['x-goog-api-client'] !== undefined,
  refusedKey(request, context) {
    const refused = refusedGeminiKey(request, context.keys);
    return refused && googleErrorReply(refused, context, formOf(context));
  },
  unparsableBody: (context) => googleErrorReply(BROKEN_JSON, context, formOf(context)),
  unknownUrl: (_request, context) => unknownGeminiUrl(context),
  wrongMethod: (_request, _allowed, context) => unknownGeminiUrl(context),
  providerError,
  errorReply(status, error, context) {
    const { asked } = context;
    if (error.code === 'content_filter' && asked !== undefined)
      return blockedReply(asked, 'PROHIBITED_CONTENT', context);
    return googleErrorReply(googleErrorOf(status, error), context, formOf(context));
  },
  errorJson: (status, error) => googleErrorJson(googleErrorOf(status, error)),
  streamFailure({ status, error, context, eventsSent }) {
    const form = context.asked === undefined ? 'sse' : errorForm(context.asked);
    return googleStreamFailure(googleErrorOf(status, error), form, eventsSent);
  },
  successHeaders: googleHeaders,
  limits: {
    // The provider says nothing of limits in its headers.
    standing: () => [],
    refused: (refusal, _standing, context) => googleErrorReply(quotaExceeded(refusal), context, formOf(context)),
  },
};
