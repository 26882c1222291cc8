import { z } from 'zod';

import { BASE_URL_EXPECTED, parseBaseUrl } from '../base-url.ts';
import { choice, duration, flag, integer, parsed, secret, text } from './fields.ts';

const DAY = 86_400_000;
const PROVIDER = { expected: 'up to 64 letters, digits, `-`, `_` or `.`', pattern: /^[\w.-]{1,64}$/ };
const MODEL = { expected: 'the name of a model, up to 256 characters', pattern: /^\S.{0,255}$/ };

export const providersSchema = z.record(
  z.string().regex(PROVIDER.pattern, PROVIDER.expected),
  z.strictObject({
    base_url: parsed(
      'Address of its API, with or without `/v1`. Default: the provider’s own. Keys that users have stored for the provider may be sent here.',
      BASE_URL_EXPECTED,
      parseBaseUrl,
    ).prefault(''),
    api_key: secret(
      'The operator’s key for it. Endpoints of the provider that have no `api_key` use it (at its own address, at `base_url`, or with `provider_name`), and `/api/v1/generate` does. Empty = none.',
      { expected: 'a key without spaces, or nothing', pattern: /^[\x21-\x7e]*$/ },
    ).prefault(''),
    dialect: choice(
      'The API that it speaks. Default: by its name (`anthropic` and `claude`, `gemini` and `google`), else `openai`.',
      ['openai', 'anthropic', 'gemini'],
    ).optional(),
    default_model: text(
      'Model that is used where a credential of the provider names none, to check keys and for the model name `default`.',
      MODEL,
    ).optional(),
  }),
);

export const credentialsSchema = z.strictObject({
  unique: choice(
    'How many active keys a user may store: one for each provider, or one for each provider and model name.',
    ['provider', 'provider_model'],
  ).prefault('provider'),
  rate_limit: z
    .strictObject({
      per_minute: integer('Requests of one user in a minute.', { min: 1, max: 1_000_000 }).prefault(200),
      per_hour: integer('Requests of one user in an hour.', { min: 1, max: 10_000_000 }).prefault(5_000),
    })
    .meta({ kind: 'section', description: 'What a user may ask of `/api/v1/users/me`.' })
    .prefault({}),
  validate_timeout: duration('Longest wait for a provider that is asked whether a key is good.', {
    min: 100,
    max: 60_000,
  }).prefault('10s'),
  fallback_on_reject: flag(
    'Whether a request goes on with the operator’s key when the provider refuses the user’s own one or limits it. The operator then pays.',
  ).prefault(false),
  system_default: text(
    'Provider whose `default_model` the model name `default` stands for where the caller has no credential that names one.',
    PROVIDER,
  ).prefault('openai'),
});

export const gatewaySchema = z.strictObject({
  service_key: secret(
    'What services send as `X-Service-Key` to `/api/v1/generate`, `/api/v1/providers`, `/api/v1/overrides` and `/api/v1/usage`. Empty = these routes are 404.',
    { expected: 'a key without spaces, or nothing', pattern: /^[\x21-\x7e]*$/ },
  ).prefault(''),
  default_provider: text('Provider of `/api/v1/generate` for users without an override.', PROVIDER).prefault('claude'),
  default_model: text('Its model.', MODEL).prefault('claude-sonnet-4-5-20250929'),
  cache_ttl: duration('How long answers of `/api/v1/generate` are kept; 0 = they are not.', {
    min: 0,
    max: 365 * DAY,
  }).prefault('1h'),
  prompt_preview: flag(
    'Whether rows of the usage of `/api/v1/generate` have the first 200 characters of the prompt. Off, no prompt is stored in the database.',
  ).prefault(false),
});

export type ProvidersInput = z.output<typeof providersSchema>;
