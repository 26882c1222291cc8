import type { FaultTable } from './row.ts';
import { anyAnswer, jsonAnswer, milliseconds, streamAnswer } from './row.ts';

const FINAL = 'Do not retry; hand the error on unchanged.';
const RETRY = 'Retry elsewhere or after a growing, jittered pause; blame the endpoint.';
const NO_JSON = 'Go by the status, not by the body: it is not JSON. Then retry elsewhere.';

/** The faults that a client meets in the head and in the body of an HTTP answer. */
export const HTTP_ROWS = {
  status: anyAnswer(
    "The status, with the provider's error object.",
    'Decide by status: 4xx is final, 5xx is retried.',
    {
      status: { default: 500, doc: 'from 400 to 599', least: 400, most: 599 },
    },
  ),
  'bad-request': anyAnswer('400, `invalid_request_error`.', FINAL),
  'prompt-blocked': anyAnswer(
    'The prompt is blocked: 400 (`invalid_prompt`, Azure: `content_filter`); Gemini: 200 with `promptFeedback` and no candidates.',
    'Final, wherever it is asked: hand it on unchanged, and blame no endpoint.',
  ),
  unauthorized: anyAnswer(
    '401, `invalid_api_key`.',
    'Final for this key; a proxy puts the endpoint out and tells its operator.',
  ),
  forbidden: anyAnswer('403, `unsupported_country_region_territory`.', FINAL),
  'not-found': anyAnswer('404, `model_not_found`.', 'Final for this endpoint; another one may have the model.'),
  'request-timeout': anyAnswer('408.', 'Retry.'),
  conflict: anyAnswer('409.', 'Retry after a short pause.'),
  'too-large': anyAnswer('413.', FINAL),
  unprocessable: anyAnswer('422.', FINAL),
  'rate-limit': anyAnswer(
    '429, `rate_limit_exceeded`, `retry-after` in seconds, `x-ratelimit-*`.',
    'Wait as long as told, or go elsewhere.',
    {
      seconds: { default: 1, doc: 'value of `retry-after`' },
    },
  ),
  'rate-limit-date': anyAnswer('429 whose `retry-after` is an HTTP date.', 'Read both forms of `retry-after`.', {
    seconds: { default: 20, doc: 'from now to the date' },
  }),
  'rate-limit-ms': anyAnswer('429 with `retry-after-ms`, and a `retry-after` rounded up.', 'Prefer `retry-after-ms`.', {
    ms: { default: 500, doc: 'value of `retry-after-ms`' },
  }),
  'rate-limit-bare': anyAnswer(
    '429 without a word about when to come back.',
    'Fall back to exponential pauses with jitter.',
  ),
  quota: anyAnswer(
    '429, `insufficient_quota`: waiting does not help.',
    'Read the code; do not retry on the same account.',
  ),
  'server-error': anyAnswer('500, `server_error`.', RETRY),
  'bad-gateway': anyAnswer('502 with a page of HTML.', NO_JSON),
  overloaded: anyAnswer('503, `server_error`, "currently overloaded".', RETRY),
  'gateway-timeout': anyAnswer('504 with a page of HTML.', NO_JSON),
  'cloudflare-520': anyAnswer("520 with the edge's page of HTML.", NO_JSON),
  'overloaded-529': anyAnswer('529 with an error object of another provider (`overloaded_error`).', RETRY),
  delay: anyAnswer(
    'The whole answer, late.',
    'Have a timeout, and one that is longer than the slowest good answer.',
    milliseconds(1000, 'before the head'),
  ),
  'html-200': anyAnswer('200 with a page of HTML.', 'Check the content type before parsing; treat it as 502.'),
  empty: anyAnswer('200, the right head, no body.', 'An answer without content is a failure; retry.'),
  'no-content': anyAnswer('204.', 'Only 200 is an answer to these requests.'),
  'json-for-stream': streamAnswer(
    'A whole JSON answer to a request for a stream.',
    'Check the content type; convert it or fail clearly.',
  ),
  'sse-for-json': jsonAnswer(
    'A stream of events to a request for JSON.',
    'Check the content type; assemble it or fail clearly.',
  ),
  'wrong-content-type': anyAnswer(
    'The right body under another content type.',
    'Refuse, or look at the body before trusting the head.',
    {
      type: { default: 'text/plain', doc: 'the content type' },
    },
  ),
  'no-content-type': anyAnswer('The right body without a content type.', 'Refuse, or look at the body before use.'),
  'huge-headers': anyAnswer(
    'One header larger than clients accept.',
    'Raise the limit deliberately, or treat it as a failed attempt.',
    {
      bytes: { default: 20_000, doc: 'of the header value', most: 1_000_000 },
    },
  ),
  'many-headers': anyAnswer('Thousands of small headers.', 'Bound count and size; treat it as a failed attempt.', {
    count: { default: 3000, doc: 'headers', most: 100_000 },
  }),
  'duplicate-headers': anyAnswer(
    '`content-type` and `x-request-id` twice.',
    'Compare the media type, not the whole header; take the first.',
  ),
  redirect: anyAnswer(
    '307 to a place that does not exist.',
    'Do not follow redirects of an API: the key would go along.',
    {
      to: { default: '/v1/moved', doc: 'value of `location`' },
    },
  ),
  'redirect-loop': anyAnswer('307 to where the request already went.', 'Do not follow redirects of an API.'),
  'error-200': anyAnswer('200 whose body is an error object.', 'Look for `error` before `choices` or `output`.'),
  'null-body': anyAnswer('200 with the JSON value `null`.', 'Check the shape before use.'),
  'no-choices': jsonAnswer('200 with an empty `choices`, `output` or `data`.', 'Check the shape before use.'),
  'truncated-json': jsonAnswer(
    'JSON that ends too early, in proper framing.',
    'A body that cannot be parsed is a failed attempt; never cache it.',
    {
      percent: { default: 50, doc: 'of the body that comes', most: 99 },
    },
  ),
  'trailing-garbage': jsonAnswer(
    'The right JSON with text behind it.',
    'A body that cannot be parsed is a failed attempt; never cache it.',
  ),
  'bom-json': jsonAnswer('A byte order mark before the JSON.', 'Decode as UTF-8 with BOM removal.'),
  'early-hints': anyAnswer('A 103 head before the real one.', 'Skip informational heads.'),
} as const satisfies FaultTable;
