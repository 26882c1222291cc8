import type { HeaderList } from '../../dialects/reply.ts';
import { failureReply } from '../../dialects/family.ts';
import type { LimitRefused } from '../../dialects/family.ts';
import type { ProviderError } from '../../dialects/errors.ts';
import type { Delivery } from '../delivery.ts';
import { deliveryOf } from '../delivery.ts';
import type { FaultParameters, FaultScene, NamedEffect } from './effect.ts';
import { withHeaders } from './effect.ts';
import { errorPage } from './pages.ts';

type Changes = (parameters: FaultParameters, scene: FaultScene) => Readonly<Record<string, string>>;

const NO_CHANGES: Changes = () => ({});

/** The provider's own error for a status, with more headers. */
function provider(status: number, changes: Changes = NO_CHANGES, code?: string): NamedEffect {
  return (parameters, scene) => {
    const reply = failureReply(scene.family, status, scene.context, code);
    return deliveryOf({ ...reply, headers: withHeaders(reply.headers, changes(parameters, scene)) });
  };
}

/** OpenAI's words; another family has its own for the status. */
function refusal(status: number, error: Partial<ProviderError> & { readonly message: string }): NamedEffect {
  const whole = { type: 'invalid_request_error', param: null, code: null, ...error };
  return (_parameters, { context, family }) => {
    const said = family.id === 'openai' ? whole : family.providerError(status);
    return deliveryOf(family.errorReply(status, said, context));
  };
}

/** A refusal of a family that has words of its own for its limits; else `otherwise`. */
function limited(
  otherwise: NamedEffect,
  refusedOf: (parameters: FaultParameters) => Omit<LimitRefused, 'model'>,
): NamedEffect {
  return (parameters, scene) => {
    const { limits } = scene.family;
    if (limits === undefined) return otherwise(parameters, scene);
    return deliveryOf(limits.refused({ model: 'mock', ...refusedOf(parameters) }, {}, scene.context));
  };
}

/** A body of one's own under the head of an error. */
export function withBody(headers: HeaderList, status: number, type: string, body: string): Delivery {
  const head = withHeaders(headers, { 'content-type': type, 'content-length': String(Buffer.byteLength(body)) });
  return deliveryOf({ kind: 'json', status, headers: head, body, tokens: 0 });
}

function page(status: number): NamedEffect {
  return (_parameters, { context, family }) =>
    withBody(failureReply(family, status, context).headers, status, 'text/html; charset=UTF-8', errorPage(status));
}

const EXHAUSTED: Readonly<Record<string, string>> = {
  'x-ratelimit-limit-requests': '10000',
  'x-ratelimit-limit-tokens': '30000',
  'x-ratelimit-remaining-requests': '9999',
  'x-ratelimit-remaining-tokens': '63',
  'x-ratelimit-reset-requests': '6ms',
  'x-ratelimit-reset-tokens': '644ms',
};

const overloaded529: NamedEffect = (_parameters, { context, family }) => {
  if (family.id === 'anthropic') return deliveryOf(failureReply(family, 529, context));
  const body = '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}';
  return withBody(failureReply(family, 529, context).headers, 529, 'application/json', body);
};

const INVALID_PROMPT: ProviderError = {
  message:
    'Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please try again with a different prompt: https://platform.openai.com/docs/guides/reasoning#advice-on-prompting',
  type: 'invalid_request_error',
  param: null,
  code: 'invalid_prompt',
};

/** What a provider's filter says of a prompt. */
const promptBlocked: NamedEffect = (_parameters, { context, family }) => {
  const error = family.id === 'openai' ? INVALID_PROMPT : family.providerError(400, 'content_filter');
  return deliveryOf(family.errorReply(400, error, context));
};

/** The faults that are a status and what belongs to it. */
export const STATUS_EFFECTS = {
  status: ({ status }, { context, family }) => deliveryOf(failureReply(family, Number(status), context)),
  'bad-request': refusal(400, { message: "Invalid value for 'messages'.", param: 'messages', code: 'invalid_value' }),
  'prompt-blocked': promptBlocked,
  unauthorized: provider(401),
  forbidden: refusal(403, {
    message: 'Country, region, or territory not supported',
    type: 'request_forbidden',
    code: 'unsupported_country_region_territory',
  }),
  'not-found': provider(404),
  'request-timeout': refusal(408, { message: 'Request timed out.', type: 'server_error' }),
  conflict: refusal(409, { message: 'The resource was updated by another request. Please try again.' }),
  'too-large': refusal(413, {
    message: 'Maximum content size limit (26214400) exceeded (26214401 bytes read)',
    type: 'server_error',
  }),
  unprocessable: refusal(422, { message: 'The request was well-formed, but its content could not be processed.' }),
  'rate-limit': limited(
    provider(429, ({ seconds }) => ({ 'retry-after': String(seconds), ...EXHAUSTED })),
    ({ seconds }) => ({ type: 'tokens', limit: 30_000, retryMs: Number(seconds) * 1000 }),
  ),
  'rate-limit-date': provider(429, ({ seconds }, { context }) => ({
    'retry-after': new Date(context.now() + Number(seconds) * 1000).toUTCString(),
  })),
  'rate-limit-ms': provider(429, ({ ms }) => ({
    'retry-after-ms': String(ms),
    'retry-after': String(Math.ceil(Number(ms) / 1000)),
  })),
  'rate-limit-bare': provider(429),
  quota: limited(provider(429, NO_CHANGES, 'insufficient_quota'), () => ({ type: 'insufficient_quota' })),
  'server-error': provider(500),
  'bad-gateway': page(502),
  overloaded: provider(503),
  'gateway-timeout': page(504),
  'cloudflare-520': page(520),
  'overloaded-529': overloaded529,
} as const satisfies Readonly<Record<string, NamedEffect>>;
