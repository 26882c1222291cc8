/**
 * Every error that the proxy itself answers with: one row a code. `docs/errors.md` documents each row, and a test
 * compares the two. An error that an endpoint gave is relayed as it is and does not stand here.
 */
export interface ErrorRow {
  readonly status: number;
  /** OpenAI's error `type`. */
  readonly type: 'invalid_request_error' | 'server_error' | 'rate_limit_error' | 'authentication_error';
  readonly meaning: string;
}

export const ERRORS = {
  invalid_json: {
    status: 400,
    type: 'invalid_request_error',
    meaning: 'The body is not JSON in UTF-8, or not a JSON object.',
  },
  body_too_complex: {
    status: 400,
    type: 'invalid_request_error',
    meaning: 'The body is nested too deep or has too many keys.',
  },
  missing_required_parameter: {
    status: 400,
    type: 'invalid_request_error',
    meaning: 'A field that the operation needs is missing.',
  },
  invalid_type: { status: 400, type: 'invalid_request_error', meaning: 'A field has the wrong JSON type.' },
  invalid_value: {
    status: 400,
    type: 'invalid_request_error',
    meaning: 'A field or header has a value that cannot be.',
  },
  unsupported_parameter: {
    status: 400,
    type: 'invalid_request_error',
    meaning: 'A field that changes the answer cannot be told to the endpoint, which speaks another protocol.',
  },
  protocol_not_supported: {
    status: 400,
    type: 'invalid_request_error',
    meaning: 'No endpoint of the model can be asked for this operation.',
  },
  credential_provider_mismatch: {
    status: 400,
    type: 'invalid_request_error',
    meaning: 'No endpoint of the model takes the stored credential that the request names: it is for another provider.',
  },
  unsupported_capability: {
    status: 400,
    type: 'invalid_request_error',
    meaning: 'No model that `auto` could pick has what the request needs: tools, structured output or vision.',
  },
  context_length_exceeded: {
    status: 400,
    type: 'invalid_request_error',
    meaning: 'The request is longer than the context of every model that `auto` could pick.',
  },
  previous_response_not_found: {
    status: 400,
    type: 'invalid_request_error',
    meaning: '`previous_response_id` names no finished response that is kept for this caller.',
  },
  thread_not_found: {
    status: 404,
    type: 'invalid_request_error',
    meaning: 'A message thread is continued that the endpoint, which speaks another protocol, does not keep.',
  },
  mutually_exclusive_parameters: {
    status: 400,
    type: 'invalid_request_error',
    meaning: 'Two fields are given of which only one may be.',
  },
  invalid_request: { status: 400, type: 'invalid_request_error', meaning: 'The HTTP request itself is malformed.' },
  sign_in_limited: {
    status: 429,
    type: 'rate_limit_error',
    meaning: 'Too many wrong admin tokens were sent to the sign-in of the dashboard.',
  },
  too_many_streams: {
    status: 429,
    type: 'rate_limit_error',
    meaning: 'More pages of the dashboard want live events than the proxy serves at a time.',
  },
  too_many_texts: { status: 429, type: 'rate_limit_error', meaning: 'Too many configurations wait to be read.' },
  unauthorized: { status: 401, type: 'invalid_request_error', meaning: 'An admin route was called without its token.' },
  invalid_service_key: {
    status: 401,
    type: 'invalid_request_error',
    meaning: '`X-Service-Key` is not the one of `gateway.service_key`.',
  },
  user_required: {
    status: 401,
    type: 'invalid_request_error',
    meaning: '`x-llmproxy-credential` names a stored credential, and the caller has no user.',
  },
  credential_rejected: {
    status: 401,
    type: 'authentication_error',
    meaning: 'The provider refuses the key that the user has stored.',
  },
  virtual_key_required: {
    status: 401,
    type: 'invalid_request_error',
    meaning: '`auth.require_key` is set and the request has no virtual key.',
  },
  budget_exceeded: {
    status: 402,
    type: 'invalid_request_error',
    meaning: 'A budget of the virtual key, its user, team or customer is used up.',
  },
  request_cost_exceeded: {
    status: 402,
    type: 'invalid_request_error',
    meaning: 'The request is expected to cost more than a plan or a preference of the caller allows for one request.',
  },
  credential_quota: {
    status: 402,
    type: 'invalid_request_error',
    meaning: 'The account of the key that the user has stored has no money or quota left at its provider.',
  },
  virtual_key_not_found: {
    status: 403,
    type: 'invalid_request_error',
    meaning: 'The request carries a virtual key that does not exist.',
  },
  virtual_key_malformed: {
    status: 403,
    type: 'invalid_request_error',
    meaning: 'A header or parameter that carries the virtual key comes twice.',
  },
  virtual_key_blocked: {
    status: 403,
    type: 'invalid_request_error',
    meaning: 'The virtual key, or its user, is switched off.',
  },
  virtual_key_expired: {
    status: 403,
    type: 'invalid_request_error',
    meaning: 'The virtual key has passed its `expires_at`.',
  },
  trial_expired: {
    status: 403,
    type: 'invalid_request_error',
    meaning: 'The trial of the customer has passed its `trial_ends_at`.',
  },
  model_blocked: {
    status: 403,
    type: 'invalid_request_error',
    meaning: '`allowed_models` of the virtual key does not name the model.',
  },
  provider_blocked: {
    status: 403,
    type: 'invalid_request_error',
    meaning: '`allowed_providers` of the virtual key names no provider of the model.',
  },
  endpoint_choice_refused: {
    status: 403,
    type: 'invalid_request_error',
    meaning: '`x-llmproxy-endpoint` came from a caller that may not operate the proxy.',
  },
  route_blocked: {
    status: 403,
    type: 'invalid_request_error',
    meaning:
      'The route names no model, and the virtual key is limited to some: only routes that `passthrough.allow` names are open to it.',
  },
  credential_inactive: {
    status: 403,
    type: 'invalid_request_error',
    meaning: 'The stored credential that the request names is switched off.',
  },
  plan_restriction: {
    status: 403,
    type: 'invalid_request_error',
    meaning: 'The plan of the customer does not allow what the request asks for.',
  },
  host_not_trusted: {
    status: 403,
    type: 'invalid_request_error',
    meaning: 'The Host header names a host that `server.trusted_hosts` does not list.',
  },
  origin_not_allowed: {
    status: 403,
    type: 'invalid_request_error',
    meaning: 'A web page of another origin called, and `server.cors` does not list it.',
  },
  route_not_allowed: {
    status: 403,
    type: 'invalid_request_error',
    meaning:
      '`passthrough.allow` does not name the family of the route, or a socket names models in frames that are not read.',
  },
  model_not_found: { status: 404, type: 'invalid_request_error', meaning: 'No model of that name is configured.' },
  credential_not_found: {
    status: 404,
    type: 'invalid_request_error',
    meaning: 'The caller’s user has stored no credential of the id in `x-llmproxy-credential`.',
  },
  response_not_found: {
    status: 404,
    type: 'invalid_request_error',
    meaning: 'No response of that id is kept for this caller.',
  },
  conversation_not_found: {
    status: 404,
    type: 'invalid_request_error',
    meaning: 'No conversation, or no item in it, of that id is kept for this caller.',
  },
  object_not_found: {
    status: 404,
    type: 'invalid_request_error',
    meaning: 'No file, batch or other kept object of that id belongs to this caller.',
  },
  exchange_not_found: {
    status: 404,
    type: 'invalid_request_error',
    meaning: 'No exchange of that id is among the last 2,000 of a process.',
  },
  unknown_url: { status: 404, type: 'invalid_request_error', meaning: 'No route answers to that method and path.' },
  method_not_allowed: { status: 405, type: 'invalid_request_error', meaning: 'The method is not served here.' },
  unknown_endpoint: {
    status: 404,
    type: 'invalid_request_error',
    meaning: 'No endpoint of the configuration has that id.',
  },
  last_endpoint: { status: 409, type: 'invalid_request_error', meaning: 'No other endpoint of its model admits.' },
  request_timeout: { status: 408, type: 'invalid_request_error', meaning: 'The request did not arrive in time.' },
  request_too_large: { status: 413, type: 'invalid_request_error', meaning: 'The body exceeds `server.body_limit`.' },
  validation_failed: {
    status: 422,
    type: 'invalid_request_error',
    meaning: 'Members of a request below `/api/v1` are missing or have values that cannot be.',
  },
  provider_limited: {
    status: 429,
    type: 'rate_limit_error',
    meaning:
      'The provider of `/api/v1/generate` has had as many requests or tokens in this minute as its limits allow.',
  },
  token_limited: {
    status: 429,
    type: 'rate_limit_error',
    meaning: 'The tokens that a limit allows in its window are used up.',
  },
  request_limited: {
    status: 429,
    type: 'rate_limit_error',
    meaning: 'The requests that a limit allows in its window are used up.',
  },
  rate_limited: {
    status: 429,
    type: 'rate_limit_error',
    meaning: 'Both the tokens and the requests that a limit allows in its window are used up.',
  },
  concurrency_limited: {
    status: 429,
    type: 'rate_limit_error',
    meaning: 'As many requests of the virtual key are running as its `max_concurrency` allows.',
  },
  queue_share_exceeded: {
    status: 429,
    type: 'rate_limit_error',
    meaning: 'The queue is full, and other callers have fewer requests in it.',
  },
  credential_limited: {
    status: 429,
    type: 'rate_limit_error',
    meaning: 'The provider limits the key that the user has stored.',
  },
  credential_rate_limited: {
    status: 429,
    type: 'rate_limit_error',
    meaning: 'Every endpoint that could serve the request has asked the credential of this caller to wait.',
  },
  too_many_background_responses: {
    status: 429,
    type: 'rate_limit_error',
    meaning: 'As many responses run in the background as `responses.background` allows.',
  },
  headers_too_large: { status: 431, type: 'invalid_request_error', meaning: 'The request headers exceed 16 KiB.' },
  internal_error: {
    status: 500,
    type: 'server_error',
    meaning: 'A fault of the proxy itself; the log has it under the request id.',
  },
  credential_unreadable: {
    status: 500,
    type: 'server_error',
    meaning: 'The key that the user has stored cannot be decrypted: the master key has changed.',
  },
  upstream_failed: {
    status: 502,
    type: 'server_error',
    meaning: 'Every endpoint that was tried failed without an answer of its own.',
  },
  all_providers_failed: {
    status: 502,
    type: 'server_error',
    meaning: 'Every model that `auto` has asked for the request failed.',
  },
  invalid_structured_output: {
    status: 502,
    type: 'server_error',
    meaning: 'The answer does not fit the JSON schema of the request.',
  },
  stream_interrupted: {
    status: 502,
    type: 'server_error',
    meaning: 'The endpoint broke off in the middle of the stream (sent as an event).',
  },
  provider_unavailable: {
    status: 503,
    type: 'server_error',
    meaning:
      'The provider that `/api/v1/generate` is to use does not exist, is switched off or lacks an address or its key.',
  },
  no_llm_provider: {
    status: 503,
    type: 'server_error',
    meaning:
      'The request asks for the model `default` or `auto`, and no model is configured for it with a key that can be used.',
  },
  no_endpoint_available: {
    status: 503,
    type: 'server_error',
    meaning: 'No endpoint of the model can take a request now.',
  },
  queue_full: {
    status: 503,
    type: 'server_error',
    meaning: 'As many requests wait for their turn as `server.queue.size` allows.',
  },
  queue_timeout: {
    status: 503,
    type: 'server_error',
    meaning: 'The request has waited for its turn for `server.queue.timeout`.',
  },
  too_many_sockets: {
    status: 503,
    type: 'server_error',
    meaning: 'As many WebSockets of `/v1/responses` are open as `server.response_sockets` allows.',
  },
  shutting_down: { status: 503, type: 'server_error', meaning: 'The proxy is draining and takes no new request.' },
  state_unavailable: {
    status: 503,
    type: 'server_error',
    meaning: 'The store of responses and conversations cannot be reached now.',
  },
  store_unavailable: {
    status: 503,
    type: 'server_error',
    meaning: 'The database cannot be asked now for the virtual key, or for the owner of what the request names.',
  },
  upstream_timeout: { status: 504, type: 'server_error', meaning: 'No endpoint answered in time.' },
  loop_detected: {
    status: 508,
    type: 'server_error',
    meaning: 'The request has come back to the proxy that sent it on.',
  },
  only_if_cached: {
    status: 504,
    type: 'invalid_request_error',
    meaning: '`Cache-Control: only-if-cached` and nothing is cached.',
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

/** An error that has a row in the table. `message` is shown to the client: no secret, no prompt. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  readonly code: ErrorCode;
  readonly param: string | null;
  /** Extra response headers, such as `retry-after`. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { param?: string; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.param = options.param ?? null;
    this.headers = options.headers ?? {};
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get type(): string {
    return ERRORS[this.code].type;
  }
}
