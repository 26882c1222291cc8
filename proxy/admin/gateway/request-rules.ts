import { gatewayAddress } from '../../config/gateway-address.ts';
import { DetailFault, unprocessable } from '../../core/detail-fault.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { isLoopback } from '../../core/loopback.ts';
import { choice, flag, integer, listOf, nullable, optional, readMembers, text } from '../../wire/detail-rules.ts';
import { uuid, type Rule } from '../../wire/detail-rules.ts';
import { apiKey } from '../credentials/request-rules.ts';
import type { NewOverride } from '../../governance/gateway/override-store.ts';
import type { NewProvider, ProviderChange } from '../../governance/gateway/provider-store.ts';
import type { ProviderView } from '../../governance/gateway/shown.ts';

export const PROVIDER_NAMES = ['claude', 'openai', 'gemini', 'llama', 'mistral', 'custom'] as const;
export const LONGEST = { id: 255, name: 255, model: 256, url: 2_048, extra: 65_536, models: 1_000 } as const;
/** What the columns hold. */
export const WHOLE = { min: -2_147_483_648, max: 2_147_483_647 } as const;

// oxlint-disable-next-line no-control-regex -- what may not stand in a name
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** One line of well-formed text. */
export function line(max: number): Rule<string> {
  const bounded = text({ min: 1, max });
  return {
    read(value) {
      const verdict = bounded.read(value);
      if (!('value' in verdict) || (!CONTROL.test(verdict.value) && verdict.value.isWellFormed())) return verdict;
      return { type: 'string_pattern_mismatch', msg: 'String should have no control characters' };
    },
  };
}

function address(): Rule<string> {
  const written = line(LONGEST.url);
  return {
    read(value) {
      const verdict = written.read(value);
      if (!('value' in verdict)) return verdict;
      return PROVIDER_NAMES.some((name) => gatewayAddress(name, verdict.value)) ? verdict : NO_ADDRESS;
    },
  };
}

const NO_ADDRESS = {
  type: 'url_parsing',
  msg: 'Input should be an http or https URL of the provider, without credentials and query',
} as const;

/** What is an address of some provider need not be one of this. Throws DetailFault 422. */
function assertAddress(name: string, baseUrl: string | null): void {
  if (baseUrl === null || gatewayAddress(name, baseUrl) !== undefined) return;
  throw unprocessable({ ...NO_ADDRESS, loc: ['body', 'base_url'] });
}

function extraConfig(): Rule<JsonObject> {
  return {
    read(value) {
      if (!isJsonObject(value)) return { type: 'dict_type', msg: 'Input should be a valid dictionary' };
      if (JSON.stringify(value).length <= LONGEST.extra) return { value };
      return { type: 'too_long', msg: `Dictionary should have at most ${LONGEST.extra} characters as JSON` };
    },
  };
}

const FIELDS = {
  display_name: line(LONGEST.name),
  api_key: apiKey(),
  base_url: nullable(address()),
  models: listOf(line(LONGEST.model), LONGEST.models),
  is_enabled: flag(),
  rate_limit_rpm: integer(WHOLE),
  rate_limit_tpm: integer(WHOLE),
  priority: integer(WHOLE),
  extra_config: extraConfig(),
};

const CREATION = {
  ...FIELDS,
  name: choice(PROVIDER_NAMES),
  base_url: optional(FIELDS.base_url, null),
  models: optional(FIELDS.models, []),
  is_enabled: optional(FIELDS.is_enabled, true),
  rate_limit_rpm: optional(FIELDS.rate_limit_rpm, 60),
  rate_limit_tpm: optional(FIELDS.rate_limit_tpm, 100_000),
  priority: optional(FIELDS.priority, 10),
  extra_config: optional(FIELDS.extra_config, {}),
};

/** The members by the names that stores have for them. */
function namedAsInCode<T extends Readonly<Record<keyof typeof FIELDS, unknown>>>(read: T) {
  return {
    displayName: read.display_name as T['display_name'],
    apiKey: read.api_key as T['api_key'],
    baseUrl: read.base_url as T['base_url'],
    models: read.models as T['models'],
    isEnabled: read.is_enabled as T['is_enabled'],
    rpm: read.rate_limit_rpm as T['rate_limit_rpm'],
    tpm: read.rate_limit_tpm as T['rate_limit_tpm'],
    priority: read.priority as T['priority'],
    extraConfig: read.extra_config as T['extra_config'],
  };
}

/** The body of `POST /providers`. Throws DetailFault 422. */
export function newProvider(body: unknown): NewProvider {
  const read = readMembers(CREATION, body, 'body');
  assertAddress(read.name, read.base_url);
  return { name: read.name, ...namedAsInCode(read) };
}

function kept<T>(rule: Rule<T>): Rule<T | null> {
  return optional(nullable(rule), null);
}

const CHANGE = {
  display_name: kept(FIELDS.display_name),
  api_key: kept(FIELDS.api_key),
  base_url: kept(address()),
  models: kept(FIELDS.models),
  is_enabled: kept(FIELDS.is_enabled),
  rate_limit_rpm: kept(FIELDS.rate_limit_rpm),
  rate_limit_tpm: kept(FIELDS.rate_limit_tpm),
  priority: kept(FIELDS.priority),
  extra_config: kept(FIELDS.extra_config),
};

/** The body of `PATCH /providers/{id}`: null stays as it is, and so does the name. Throws DetailFault 422. */
export function providerChange(body: unknown): ProviderChange {
  const read = readMembers(CHANGE, body, 'body');
  const members = namedAsInCode(read);
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null)) as ProviderChange;
}

/**
 * Throws DetailFault 422 for a change that would send the stored key to another origin than the one it was stored for. On a
 * listener that this machine alone reaches, it may go to another address of this machine.
 */
export function assertKeyStays(
  { name, base_url: stored }: Pick<ProviderView, 'name' | 'base_url'>,
  { baseUrl, apiKey: key }: ProviderChange,
  host: string,
): void {
  if (baseUrl === undefined || baseUrl === null) return;
  assertAddress(name, baseUrl);
  if (key !== undefined) return;
  const to = gatewayAddress(name, baseUrl)?.origin;
  if (to === gatewayAddress(name, stored)?.origin) return;
  if (to !== undefined && isLoopback(host) && isLoopback(new URL(to).hostname)) return;
  const msg = 'The stored key stays with its address: send api_key with a base_url of another origin';
  throw unprocessable({ type: 'missing', loc: ['body', 'api_key'], msg });
}

/** The body of `POST /overrides`; `names`: providers beside the known ones. Throws DetailFault 422. */
export function newOverride(body: unknown, names: readonly string[]): NewOverride {
  const read = readMembers(
    {
      user_id: line(LONGEST.id),
      provider_name: choice([...new Set([...PROVIDER_NAMES, ...names])]),
      model_name: line(LONGEST.model),
      service_name: optional(nullable(line(LONGEST.name)), null),
    },
    body,
    'body',
  );
  return {
    userId: read.user_id,
    serviceName: read.service_name,
    providerName: read.provider_name,
    modelName: read.model_name,
  };
}

/** The id in the path, in lower case. Throws DetailFault 422. */
export function idIn(params: Readonly<Record<string, unknown>>, name: string): string {
  const verdict = uuid().read(params['id']);
  if ('value' in verdict) return verdict.value;
  throw new DetailFault(422, [{ type: verdict.type, loc: ['path', name], msg: verdict.msg }]);
}
