import type { DialectFamily, LimitRefused, LimitWords } from '../family.ts';
import { bearerKey } from '../keys.ts';
import type { DialectContext, HeaderList } from '../reply.ts';
import {
  messagesError,
  messagesErrorEvent,
  messagesErrorJson,
  messagesErrorReply,
  refusal,
  unknownUrl,
  wrongMethod,
} from './errors.ts';
import { organizationId, standingHeaders, successHeaders } from './headers.ts';
import { idAfter } from './ids.ts';
import { eventOf } from './sse.ts';

const NO_KEY = 'x-api-key header is required';
const UNPARSABLE = 'The request body is not valid JSON';
const ADVICE =
  'For details, refer to: https://docs.claude.com/en/api/rate-limits. You can see the response headers for current usage. Please reduce the prompt length or the maximum tokens requested, or try again later. You may also contact sales at https://claude.com/contact-sales to discuss your options for a rate limit increase.';

function limitMessage({ type, model, limit }: LimitRefused, context: DialectContext): string {
  if (limit === undefined) return messagesError(429).message;
  const unit = type === 'tokens' ? 'input tokens' : 'requests';
  const whose = `(org: ${organizationId(context)}, model: ${model})`;
  return `This request would exceed your organization's rate limit of ${limit.toLocaleString('en-US')} ${unit} per minute ${whose}. ${ADVICE}`;
}

const limits: LimitWords = {
  standing: standingHeaders,
  refused(refused, standing, context) {
    // An account without credit hears so with 400, and that it is of no use to ask again.
    if (refused.type === 'insufficient_quota') {
      return messagesErrorReply(400, messagesError(400, 'insufficient_quota'), context);
    }
    const error = { ...messagesError(429), message: limitMessage(refused, context) };
    const reply = messagesErrorReply(429, error, context);
    const { retryMs } = refused;
    const pause: HeaderList =
      retryMs === undefined ? [] : [['retry-after', String(Math.max(1, Math.ceil(retryMs / 1000)))]];
    return { ...reply, headers: [...reply.headers, ...standingHeaders(standing, context), ...pause] };
  },
};

export const ANTHROPIC: DialectFamily = {
  id: 'anthropic',
  ownsPath: (path) => path === '/v1/messages' || path.startsWith('/v1/messages/') || path === '/v1/complete',
  sentBy: (headers) => headers['anthropic-version'] !== undefined || headers['x-api-key'] !== undefined,
  refusedKey(request, context) {
    if (context.keys === undefined) return undefined;
    const given = request.headers['x-api-key'] ?? '';
    const key = given === '' ? bearerKey(request) : given;
    if (key !== undefined && context.keys.includes(key)) return undefined;
    const error = messagesError(401);
    return messagesErrorReply(401, key === undefined ? { ...error, message: NO_KEY } : error, context);
  },
  unparsableBody: (context) => refusal(context, UNPARSABLE),
  unknownUrl,
  wrongMethod,
  providerError: messagesError,
  errorReply: messagesErrorReply,
  errorJson: (status, error) => messagesErrorJson(status, error),
  streamFailure({ status, error, context }) {
    const data = messagesErrorEvent(status, error, idAfter('req_011C', context));
    return [eventOf('error', data, 'close')];
  },
  successHeaders,
  limits,
};
