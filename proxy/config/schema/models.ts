import { z } from 'zod';

import { CONFIGURED_PROVIDERS } from '../../core/provider-rows.ts';
import { BASE_URL_EXPECTED, parseBaseUrl } from '../base-url.ts';
import { cacheOverridesSchema } from './cache.ts';
import { amount, choice, duration, flag, integer, parsed, secret, text } from './fields.ts';
import { furtherPrices } from './prices.ts';
import { routingOverridesSchema } from './routing.ts';

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Visible ASCII, spaces and tabs (RFC 9110 section 5.5): a line break would smuggle a header. */
const HEADER_VALUE = /^[\t\x20-\x7e]*$/;
const FRAMING = /^(?:host|content-length|transfer-encoding|connection|upgrade|te|trailer|keep-alive|expect)$/i;

/** Azure's: dates, and the names of its newest API. */
const API_VERSION = /^(?:\d{4}-\d{2}-\d{2}(?:-preview)?|v1|preview|latest)$/;

const STICKY_EXPECTED = 'prompt_cache_key, user, or header:NAME';

export type StickyBy =
  | { readonly kind: 'prompt_cache_key' }
  | { readonly kind: 'user' }
  | { readonly kind: 'header'; readonly name: string };

function parseSticky(text: string): StickyBy | undefined {
  if (text === 'prompt_cache_key' || text === 'user') return { kind: text };
  const name = text.startsWith('header:') ? text.slice('header:'.length).trim() : '';
  return HEADER_NAME.test(name) ? { kind: 'header', name: name.toLowerCase() } : undefined;
}

function headerName(name: string): string | undefined {
  return HEADER_NAME.test(name) && !FRAMING.test(name) ? name.toLowerCase() : undefined;
}

function healthCheck(description: string) {
  return z
    .strictObject({
      path: text(
        'What is asked with GET, on the host of the endpoint, with its key: `/health`, `/v1/models`. A status of 2xx is good; others are judged as those of requests are. Default: the list of models of its API.',
        { expected: 'a path that begins with /', pattern: /^\/[\x21-\x7e]{0,512}$/ },
      ).optional(),
      interval: duration('From the end of one check to the next, give or take a tenth.', {
        min: 100,
        max: 86_400_000,
      }).prefault('10s'),
      timeout: duration('Until the head of the answer.', { min: 1, max: 600_000 }).prefault('5s'),
      endpoints: choice(
        '`ejected`: only endpoints that are out, or an operation of theirs, are asked; a good answer has them back before `cooldown` is over. `all`: the others too; `allowed_fails` failures in a row eject them.',
        ['ejected', 'all'],
      ).prefault('ejected'),
    })
    .meta({ kind: 'section', description })
    .optional();
}

export const endpointSchema = z.strictObject({
  provider: choice(
    'What speaks there (docs/providers.md). `openai` with a `base_url` is any server that speaks the API of OpenAI. `mock` without a `base_url` is the mock provider that comes with the proxy.',
    CONFIGURED_PROVIDERS,
  ),
  provider_name: text(
    'Who stands behind the endpoint: `openai`, `anthropic`, `gemini`, `llama`, `mistral`, `azure`, … Clients that ask for the model as `NAME/MODEL` reach only endpoints of that provider. Default: the `provider`; for a mock, and for `openai` at an address of others, by the beginning of the model’s name (`claude`, `gemini`, `deepseek`, `mistral`, `meta-llama/`), else `openai`.',
    { expected: 'up to 64 letters, digits, `-`, `_` or `.`', pattern: /^[\w.-]{1,64}$/ },
  ).optional(),
  name: text(
    'Shown in headers, logs and statistics as `model/name`; one of a kind in its model. Bundled mock endpoints of one name are one server, in whatever model. Default: the host of the `base_url`; `mock-1`, `mock-2` … for bundled ones.',
    { expected: 'up to 64 letters, digits, `-`, `_`, `.` or `:`', pattern: /^[\w.:-]{1,64}$/ },
  ).optional(),
  base_url: parsed(
    'Address of the API, with or without `/v1`: it is added where no segment of the path names a version, but not at hosts that are known to have none (Perplexity, Databricks, GitHub Models). For `azure` it may end before `/openai`. Default: the provider’s own address, or the port that a server of this name listens on on this machine; the bundled mock for `mock`. Needed for `azure` and `databricks`.',
    BASE_URL_EXPECTED,
    parseBaseUrl,
  ).prefault(''),
  base_url_exact: flag('Whether the `base_url` is used as it is written, without a `/v1` that is added.').prefault(
    false,
  ),
  api_version: text(
    'For `azure`: the `api-version` of every request. With a date, paths name the deployment (`/openai/deployments/…`); without, and with `preview` or `latest`, they begin with `/openai/v1`.',
    { expected: 'a date such as 2024-10-21, with or without -preview, or v1, preview or latest', pattern: API_VERSION },
  ).optional(),
  query: z
    .record(
      z.string().min(1).max(64),
      text('Value.', { expected: 'up to 256 characters', pattern: /^[^\p{Cc}]{0,256}$/u }),
    )
    .meta({
      kind: 'names and values',
      description:
        'Parameters in the query of every request to this endpoint, in place of those that a client names so.',
    })
    .prefault({}),
  auth_header: parsed(
    'Header that the key is sent in; in `authorization` it follows `Bearer`. Default: the provider’s own (`authorization`, `x-api-key`, `x-goog-api-key`, `api-key`).',
    'the name of a header that is not about framing',
    headerName,
  ).optional(),
  api: choice(
    'The one of chat completions and Responses that the endpoint has. Default: those that its provider has.',
    ['chat', 'responses'],
  ).optional(),
  api_key: secret(
    'Key sent in the provider’s own header. `forward` = the caller’s own is passed on; `none` = none is sent. Empty = the endpoint is left out, with a warning. Left out = `api_key` of the provider under `providers`, where `provider_name` is written or the address is the provider’s own. Needed where the provider asks for one; `none` for `mock`, `ollama`, `vllm`, `llama.cpp` and `lmstudio` when left out.',
    { expected: 'a key without spaces, forward, none, or nothing', pattern: /^[\x21-\x7e]*$/ },
  ).optional(),
  control_token: secret(
    'For `provider: mock` with a `base_url`: the token of its control API (`--control-token`), which the dashboard steers it with. Empty = none is sent.',
    { expected: 'a token without spaces', pattern: /^[\x21-\x7e]*$/ },
  ).optional(),
  model: text('Name that the endpoint knows the model by. Default: the name the client used.', {
    expected: 'the name of a model',
    pattern: /\S/,
  }).optional(),
  weight: integer(
    'Share of the requests, relative to the other endpoints of its priority. 0 = only when no other of them is admitting.',
    { min: 0, max: 1_000 },
  ).prefault(1),
  priority: integer(
    'Tier of the endpoint; lower ones come first. Endpoints of a higher number are asked only when none of a lower one is admitting, or the request has tried them all (`routing.attempts` bounds the tries). The strategy works within a tier.',
    { min: 1, max: 100 },
  ).prefault(1),
  health_check: healthCheck('What `health_check` of the model says, for this endpoint alone.'),
  max_concurrency: integer(
    'Requests that the endpoint works on at the same time. One more goes to another endpoint; where all are full, it waits (`server.queue`). Default: any number.',
    { min: 1, max: 1_000_000 },
  ).optional(),
  price: z
    .strictObject({
      input: amount('USD per million input tokens.'),
      output: amount('USD per million output tokens.'),
      ...furtherPrices,
    })
    .meta({ kind: 'section', description: 'What the endpoint costs; `strategy: cheapest` goes by it.' })
    .optional(),
  tls: z
    .strictObject({
      ca: text(
        'File with the certificates, in PEM, that issue the endpoint’s own; then no others count. Default: those that Node trusts. Paths are relative to the working directory; a reload reads the files again.',
      ).optional(),
      cert_file: text(
        'File with the certificate, and after it those of its issuers, in PEM, that the endpoint is shown where it asks who connects (mutual TLS). With `key_file`.',
      ).optional(),
      key_file: text('File with its private key in PEM, without a passphrase.').optional(),
    })
    .meta({ kind: 'section', description: 'How the endpoint’s `https` address is verified, and who connects there.' })
    .optional(),
  http2: flag(
    'Sends requests over HTTP/2, many over one connection, where the endpoint takes it; its address is `https`. Sockets, uploads and what is passed through go over HTTP/1.1.',
  ).prefault(false),
  responses: choice(
    'How the endpoint serves `/v1/responses`. `native`: it answers them and keeps them. `stateless`: it answers them and keeps none. Where an endpoint of a model is `stateless`, or has no Responses (`api: chat`, Anthropic, Gemini …), the proxy keeps the responses of that model (section `responses`), and asks every endpoint with the whole input and `store: false`.',
    ['native', 'stateless'],
  ).prefault('native'),
  context_window: integer(
    'Largest context in tokens. A prompt too long for one endpoint goes on to one with a larger window.',
    { min: 1, max: 100_000_000 },
  ).optional(),
  headers: z
    .record(
      parsed('Name.', 'the name of a header that is not about framing', headerName),
      secret('Value.', { expected: 'a header value: visible ASCII, spaces, tabs', pattern: HEADER_VALUE }),
    )
    .meta({ kind: 'names and values', description: 'Extra request headers for this endpoint.', secret: true })
    .prefault({}),
});

function fallbackModels(description: string) {
  const name = text('The name of a configured model.', { expected: 'the name of a model', pattern: /^\S.{0,255}$/ });
  return z.array(name).meta({ kind: 'list', description });
}

export const modelSchema = z.strictObject({
  strategy: choice('How an endpoint is chosen.', [
    'weighted',
    'round-robin',
    'least-busy',
    'fastest',
    'cheapest',
    'sticky',
    'random',
  ]).prefault('weighted'),
  sticky: z
    .strictObject({
      by: parsed(
        `What \`strategy: sticky\` keeps together: ${STICKY_EXPECTED}.`,
        STICKY_EXPECTED,
        parseSticky,
      ).prefault('prompt_cache_key'),
    })
    .prefault({}),
  health_check: healthCheck(
    'Asks the endpoints now and then whether they are well. Without it they are judged by requests of clients alone. An endpoint that has asked for patience, or refuses its key, is not had back by a check.',
  ),
  fallbacks: fallbackModels(
    'Names of models that are asked in its place once its endpoints have failed, one after the other. Each is asked as if the client had named it: with its own endpoints, cache, price and fallbacks, and only where the caller may use it; at most 5 for a request. The answer says so in `x-llmproxy-fallback`. Nothing is asked after the first content of an answer, nor where the request itself is at fault.',
  ).prefault([]),
  context_fallbacks: fallbackModels(
    'The same for a prompt that exceeds the context window of its endpoints. Default: `fallbacks`.',
  ).optional(),
  content_policy_fallbacks: fallbackModels(
    'The same for a prompt that the provider’s content filter has refused with an error.',
  ).prefault([]),
  endpoints: z.array(endpointSchema).min(1).meta({ kind: 'list', description: 'The endpoints that serve the model.' }),
  routing: routingOverridesSchema
    .meta({ kind: 'overrides', description: 'What this model does otherwise than the section `routing` says for all.' })
    .prefault({}),
  cache: cacheOverridesSchema
    .meta({ kind: 'overrides', description: 'The same for the section `cache`, `memory` excepted.' })
    .prefault({}),
});

export const modelsSchema = z.record(z.string().min(1).max(256), modelSchema);
