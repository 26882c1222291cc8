import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { aligned, cellText } from '../text-table.ts';

/** A table for people: a line for each key, without values. */
export function keysTable(keys: readonly JsonObject[]): string {
  const header = ['name', 'id', 'active', 'of', 'models', 'budget', 'expires'];
  const lines = keys.map((key) =>
    [
      textOf(key['name']),
      textOf(key['id']),
      key['is_active'] === true ? 'yes' : 'no',
      ownersOf(key) ?? '-',
      listOf(key['allowed_models'], 'all'),
      limitOf(key['budget'], '') ?? '-',
      textOf(key['expires_at'] ?? null),
    ].map(cellText),
  );
  return `${aligned([header, ...lines])}${keys.length === 0 ? 'no virtual keys\n' : ''}`;
}

/** One key, a line for each thing that it has. */
export function keyText(key: JsonObject): string {
  const limits = key['rate_limit'] ?? null;
  const rows: readonly (readonly [string, string | null])[] = [
    ['name', textOf(key['name'])],
    ['id', textOf(key['id'])],
    // A value that another master key has sealed cannot be shown.
    ['value', 'value' in key ? textOf(key['value'] ?? 'cannot be opened with this master key') : null],
    ['description', stringOf(key['description'])],
    ['active', key['is_active'] === true ? 'yes' : 'no'],
    ['of', ownersOf(key)],
    ['models', listOf(key['allowed_models'], 'all')],
    ['providers', listOf(key['allowed_providers'], 'all')],
    ['budget', limitOf(key['budget'], '')],
    ['tokens', limitOf(limits, 'token_')],
    ['requests', limitOf(limits, 'request_')],
    ['at once', isSet(key['max_concurrency']) ? textOf(key['max_concurrency']) : null],
    ['expires', stringOf(key['expires_at'])],
    ...JSON_MEMBERS.map(([label, name]) => [label, isSet(key[name]) ? JSON.stringify(key[name]) : null] as const),
    ['calendar', stringOf(key['calendar'])],
    ['time zone', stringOf(key['time_zone'])],
    ['created', stringOf(key['created_at'])],
  ];
  return aligned(rows.flatMap(([label, text]) => (text === null ? [] : [[label, cellText(text)]])));
}

const JSON_MEMBERS = [
  ['aliases', 'model_aliases'],
  ['model limits', 'model_limits'],
  ['provider limits', 'provider_limits'],
] as const;

function isSet(value: Json | undefined): boolean {
  return value !== undefined && value !== null;
}

function stringOf(value: Json | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Numbers with all their digits. */
function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function listOf(value: Json | undefined, none: string): string {
  return Array.isArray(value) && value.length > 0 ? value.map(textOf).join(', ') : none;
}

function ownersOf(key: JsonObject): string | null {
  const owners = (['team', 'customer', 'user'] as const).flatMap((kind) => {
    const owner = key[kind];
    return isJsonObject(owner) ? [`${kind} ${textOf(owner['name'])}`] : [];
  });
  return owners.length === 0 ? null : owners.join(', ');
}

/** `12 of 100 a 1d`; null without such a limit. */
function limitOf(limits: Json | undefined, prefix: '' | 'token_' | 'request_'): string | null {
  if (!isJsonObject(limits) || !isSet(limits[`${prefix}max_limit`])) return null;
  const [used, most, reset] = ['current_usage', 'max_limit', 'reset_duration'].map((name) =>
    textOf(limits[`${prefix}${name}`]),
  );
  return `${used} of ${most} each ${reset}`;
}
