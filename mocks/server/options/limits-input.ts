import type { Allowance, LimitSettings, ModelLimits, Quota } from '../../limits/settings.ts';
import { numberAt, objectAt, optional } from '../../rules/check.ts';

const RATES = ['rpm', 'tpm', 'rpd'] as const;

function ratesOf(fields: Readonly<Record<string, unknown>>, field: string): ModelLimits {
  const given = RATES.flatMap((name) =>
    fields[name] === undefined ? [] : [[name, numberAt(fields[name], `${field}.${name}`)]],
  );
  return Object.fromEntries(given);
}

function modelLimits(value: unknown, field: string): ModelLimits {
  return ratesOf(objectAt(value, field, RATES), field);
}

function quotaOf(value: unknown, field: string): Quota {
  const { tokens, usd } = objectAt(value, field, ['tokens', 'usd']);
  return {
    tokens: optional(tokens, `${field}.tokens`, numberAt),
    usd: optional(usd, `${field}.usd`, numberAt),
  };
}

function mapOf<T>(value: unknown, field: string, read: (value: unknown, field: string) => T): Record<string, T> {
  const entries = Object.entries(objectAt(value, field));
  return Object.fromEntries(entries.map(([name, item]) => [name, read(item, `${field}.${name}`)]));
}

const ALLOWANCE = [...RATES, 'quota', 'models'];

function allowanceOf(value: unknown, field: string, also: readonly string[] = []): Allowance {
  const fields = objectAt(value, field, [...ALLOWANCE, ...also]);
  const quota = optional(fields['quota'], `${field}.quota`, quotaOf);
  const models = optional(fields['models'], `${field}.models`, (given, at) => mapOf(given, at, modelLimits));
  return { ...ratesOf(fields, field), ...(quota && { quota }), ...(models && { models }) };
}

/** Reads limits that came as JSON; throws {@link InvalidInput} naming the field, what was expected and what came. */
export function parseLimits(value: unknown, field = 'limits'): LimitSettings {
  const allowance = allowanceOf(value, field, ['keys']);
  const keys = optional(objectAt(value, field)['keys'], `${field}.keys`, (given, at) =>
    mapOf(given, at, (item, place) => allowanceOf(item, place)),
  );
  return { ...allowance, ...(keys && { keys }) };
}
