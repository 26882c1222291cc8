import { DetailFault, type DetailIssue, unprocessable } from '../../core/detail-fault.ts';
import { flag, nullable, optional, readMembers, type Rule, text, uuid } from '../../wire/detail-rules.ts';
import type { CredentialChange, NewCredential } from '../../governance/credentials/credential-store.ts';
import type { KeyToCheck } from './deps.ts';

/** Canonical name of a provider by the word that users have for it. */
export type Canonical = (word: string) => string | undefined;

const LONGEST_KEY = 500;
const LONGEST_MODEL = 100;
const VISIBLE = /^[\x21-\x7e]*$/;
// oxlint-disable-next-line no-control-regex -- what may not stand in a name
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
/** Characters that are read before blanks are taken off. */
const LONGEST_TEXT = 10_000;

/** A key of a provider, without the blanks around it. The value is in no issue. */
export function apiKey(): Rule<string> {
  const written = text({ max: LONGEST_TEXT });
  const bounded = text({ min: 1, max: LONGEST_KEY });
  return {
    read(value) {
      const verdict = written.read(value);
      if (!('value' in verdict)) return verdict;
      const trimmed = bounded.read(verdict.value.trim());
      if (!('value' in trimmed) || VISIBLE.test(trimmed.value)) return trimmed;
      return { type: 'string_pattern_mismatch', msg: 'String should have visible ASCII characters and no blanks' };
    },
  };
}

function modelName(): Rule<string> {
  const bounded = text({ min: 1, max: LONGEST_MODEL });
  return {
    read(value) {
      const verdict = bounded.read(typeof value === 'string' ? value.trim() : value);
      if (!('value' in verdict) || (!CONTROL.test(verdict.value) && verdict.value.isWellFormed())) return verdict;
      return { type: 'string_pattern_mismatch', msg: 'String should have no control characters' };
    },
  };
}

function providerName(canonical: Canonical): Rule<string> {
  return {
    read(value) {
      const verdict = text().read(value);
      if (!('value' in verdict)) return verdict;
      const found = canonical(verdict.value.trim());
      if (found !== undefined) return { value: found };
      return { type: 'enum', msg: 'Input should be a provider that GET /llm-providers lists' };
    },
  };
}

/** The body of `POST /llm-credentials`. Throws DetailFault 422. */
export function newCredential(body: unknown, canonical: Canonical): NewCredential {
  const { provider, api_key, model_name, is_default } = readMembers(
    {
      provider: providerName(canonical),
      api_key: apiKey(),
      model_name: optional(nullable(modelName()), null),
      is_default: optional(flag(), false),
    },
    body,
    'body',
  );
  return { provider, apiKey: api_key, modelName: model_name, isDefault: is_default };
}

/** The body of `PATCH /llm-credentials/{id}`. Throws DetailFault 422. */
export function credentialChange(body: unknown): CredentialChange {
  const { api_key, model_name, is_default, is_active } = readMembers(
    {
      provider: optional(refused(), undefined),
      api_key: optional(apiKey(), undefined),
      model_name: optional(nullable(modelName()), undefined),
      is_default: optional(flag(), undefined),
      is_active: optional(flag(), undefined),
    },
    body,
    'body',
  );
  return {
    ...(api_key === undefined ? {} : { apiKey: api_key }),
    ...(model_name === undefined ? {} : { modelName: model_name }),
    ...(is_default === undefined ? {} : { isDefault: is_default }),
    ...(is_active === undefined ? {} : { isActive: is_active }),
  };
}

/** A member that is there to be refused. */
function refused(): Rule<undefined> {
  return { read: () => ({ type: 'extra_forbidden', msg: 'The provider of a credential cannot be changed' }) };
}

/** The body of `POST /llm-credentials/validate`: a key, or the id of a stored one. Throws DetailFault 422. */
export function keyToCheck(body: unknown, canonical: Canonical): KeyToCheck {
  const { credential_id: credentialId, model_name: modelName_ } = readMembers(
    { credential_id: optional(nullable(uuid()), null), model_name: optional(nullable(modelName()), null) },
    body,
    'body',
  );
  if (credentialId !== null) {
    const both = ['provider', 'api_key'].filter((name) => (body as Record<string, unknown>)[name] != null);
    if (both.length > 0) throw new DetailFault(422, both.map(besideId));
    return { credentialId, modelName: modelName_ };
  }
  const { provider, api_key } = readMembers({ provider: providerName(canonical), api_key: apiKey() }, body, 'body');
  return { provider, apiKey: api_key, modelName: modelName_ };
}

function besideId(name: string): DetailIssue {
  return { type: 'extra_forbidden', loc: ['body', name], msg: 'A key is given by its credential_id or by itself' };
}

/** The id in the path, in lower case. Throws DetailFault 422. */
export function idIn(value: string | undefined): string {
  const verdict = uuid().read(value);
  if ('value' in verdict) return verdict.value;
  throw unprocessable({ type: verdict.type, loc: ['path', 'id'], msg: verdict.msg });
}
