import type { JsonObject } from '../../core/json.ts';
import { orNull } from '../../governance/rules.ts';
import { answer, arrayOf, named, object, pathParameter, queryParameter, text, time, whole } from './parts.ts';
import type { Described, Operations } from './parts.ts';
import { DETAIL as fault, DETAIL_ISSUES as issues } from './detail-schemas.ts';

const BASE = '/api/v1/users/me';
const TAG = 'credentials';

const REFUSED = {
  '401': answer('The request carries no virtual key of an active user.', fault),
  '429': answer('The user has sent too many requests; `Retry-After` says when to come back.', fault),
  '503': answer('The database cannot be reached.', fault),
  default: answer('Any other error.', fault),
};
const WRONG = { '422': answer('Members or parameters that are wrong.', issues) };
const UNKNOWN = { '404': answer('The user has no such active credential.', fault) };
const REJECTED = { '400': answer('The state of what is stored does not allow it.', fault) };
const LARGE = { '413': answer('The body exceeds 4 MiB.', fault) };

const credential = named(
  'Credential',
  object({
    id: text({ format: 'uuid' }),
    user_id: text(),
    provider: text(),
    model_name: orNull(text()),
    api_key_masked: text({ description: '`****` and the last four characters; of short keys `****` alone.' }),
    is_default: { type: 'boolean' },
    is_active: { type: 'boolean' },
    last_validated_at: orNull(time),
    created_at: time,
    updated_at: time,
  }),
);
const provider = text({ description: 'One that `GET /api/v1/users/me/llm-providers` lists; case does not count.' });
const key = text({ minLength: 1, description: 'Up to 500 visible ASCII characters; blanks around it are taken off.' });
const model = orNull(text({ minLength: 1, maxLength: 100 }));
const flag = { type: 'boolean' };

const creation = object({ provider, api_key: key, model_name: model, is_default: { ...flag, default: false } }, [
  'model_name',
  'is_default',
]);
const change: JsonObject = {
  type: 'object',
  properties: { provider: false, api_key: key, model_name: model, is_default: flag, is_active: flag },
};
const check: JsonObject = {
  type: 'object',
  anyOf: [
    { required: ['provider', 'api_key'], properties: { credential_id: { type: 'null' } } },
    { required: ['credential_id'], properties: { credential_id: text({ format: 'uuid' }) } },
  ],
  properties: { provider: orNull(provider), api_key: orNull(key), model_name: model, credential_id: orNull(text()) },
};
const result = named(
  'KeyCheck',
  object({
    is_valid: flag,
    provider: text(),
    model_name: orNull(text()),
    error_message: orNull(text()),
    error_kind: { enum: [null, 'auth', 'not_found', 'quota', 'timeout', 'unreachable', 'other'] },
    details: object({ status: orNull(whole), latency_ms: whole }),
  }),
);

const one = [pathParameter('id', 'Id of the credential, a UUID.')];

function routeOf(described: Omit<Described, 'tag' | 'security'>): Described {
  return { ...described, tag: TAG, security: ['virtualKey'], answers: { ...described.answers, ...REFUSED } };
}

/** What users do with their own keys of providers. */
export const CREDENTIALS_OPERATIONS: Operations = {
  [`GET ${BASE}/llm-providers`]: routeOf({
    id: 'listCredentialProviders',
    summary: 'Providers that keys may be stored for',
    answers: {
      '200': answer(
        'The providers.',
        arrayOf(
          named(
            'CredentialProvider',
            object({
              provider: text(),
              display_name: text(),
              default_model: orNull(text()),
              models: arrayOf(text()),
            }),
          ),
        ),
      ),
      '404': answer('The proxy has no virtual keys.', fault),
    },
  }),
  [`GET ${BASE}/llm-credentials`]: routeOf({
    id: 'listCredentials',
    summary: 'List the own credentials, the oldest first',
    parameters: [queryParameter('include_inactive', 'Also those that are switched off.', { ...flag, default: false })],
    answers: { '200': answer('The credentials.', arrayOf(credential)), ...WRONG },
  }),
  [`POST ${BASE}/llm-credentials`]: routeOf({
    id: 'createCredential',
    summary: 'Store a key of a provider',
    body: { schema: named('NewCredential', creation), isRequired: true },
    answers: { '200': answer('What was stored.', credential), ...REJECTED, ...LARGE, ...WRONG },
  }),
  [`GET ${BASE}/llm-credentials/{id}`]: routeOf({
    id: 'getCredential',
    summary: 'Read a credential',
    parameters: one,
    answers: { '200': answer('The credential.', credential), ...UNKNOWN, ...WRONG },
  }),
  [`PATCH ${BASE}/llm-credentials/{id}`]: routeOf({
    id: 'updateCredential',
    summary: 'Change a credential',
    description: 'What is absent stays. A new key clears `last_validated_at`.',
    parameters: one,
    body: { schema: named('CredentialUpdate', change), isRequired: true },
    answers: { '200': answer('What it is now.', credential), ...REJECTED, ...UNKNOWN, ...LARGE, ...WRONG },
  }),
  [`PUT ${BASE}/llm-credentials/{id}/default`]: routeOf({
    id: 'setDefaultCredential',
    summary: 'Make a credential the default one',
    description: 'No other credential of the user is the default any more.',
    parameters: one,
    answers: { '200': answer('The credential.', credential), ...REJECTED, ...UNKNOWN, ...WRONG },
  }),
  [`DELETE ${BASE}/llm-credentials/{id}`]: routeOf({
    id: 'deleteCredential',
    summary: 'Delete a credential',
    description: 'The stored key is overwritten at once.',
    parameters: one,
    answers: { '200': answer('Done.', object({ message: text() })), ...UNKNOWN, ...WRONG },
  }),
  [`POST ${BASE}/llm-credentials/validate`]: routeOf({
    id: 'validateCredential',
    summary: 'Ask the provider whether a key is good',
    description: 'One completion of the least length, at the configured address. The key is not stored.',
    body: { schema: named('KeyToCheck', check), isRequired: true },
    answers: { '200': answer('What the provider says, whatever it is.', result), ...UNKNOWN, ...LARGE, ...WRONG },
  }),
};
