import { ProxyError } from '../core/errors.ts';
import { isJsonObject } from '../core/json.ts';
import type { CacheControls } from './types.ts';

/** RFC 9111 §1.2.2: a larger number of seconds counts as this one. */
const MAX_SECONDS = 2_147_483_648;
const MAX_NAMESPACE_LENGTH = 256;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Draft = Mutable<CacheControls>;

/**
 * Reads what a request asks of the cache.
 *
 * `header`: the `Cache-Control` request header (RFC 9111 §5.2.1, RFC 5861): no-cache, no-store, max-age=s,
 * min-fresh=s, only-if-cached, stale-if-error=s, stale-while-revalidate=s; other directives mean nothing here.
 * `members`: the body's own `cache` members (at the top and inside `extra_body`), unchecked; undefined and null are none.
 * Where they disagree the stricter one wins.
 *
 * Throws ProxyError `invalid_type` or `invalid_value` with the parameter's name, e.g. `cache.ttl`.
 */
export function readControls(header: string | undefined, ...members: readonly unknown[]): CacheControls {
  const draft: Draft = { read: true, write: true, onlyIfCached: false };
  if (header !== undefined) applyHeader(draft, header);
  for (const member of members) {
    if (member !== undefined && member !== null) applyMember(draft, member);
  }
  return draft;
}

function applyHeader(draft: Draft, header: string): void {
  for (const directive of header.split(',')) {
    const at = directive.indexOf('=');
    const name = (at < 0 ? directive : directive.slice(0, at)).trim().toLowerCase();
    const value = at < 0 ? undefined : directive.slice(at + 1).trim();
    if (name === 'no-cache') draft.read = false;
    else if (name === 'no-store') draft.write = false;
    else if (name === 'only-if-cached') draft.onlyIfCached = true;
    else if (name === 'max-age') limitAge(draft, headerSeconds(name, value));
    else if (name === 'min-fresh') draft.minFreshMs = headerSeconds(name, value) * 1000;
    else if (name === 'stale-if-error') draft.staleIfErrorMs = headerSeconds(name, value) * 1000;
    else if (name === 'stale-while-revalidate') draft.staleWhileRevalidateMs = headerSeconds(name, value) * 1000;
  }
}

function headerSeconds(name: string, value: string | undefined): number {
  const digits = /^(?:"(\d+)"|(\d+))$/.exec(value ?? '');
  if (!digits) {
    throw new ProxyError(
      'invalid_value',
      `Invalid 'Cache-Control' header: '${name}' needs a whole number of seconds, such as '${name}=60'.`,
      { param: 'Cache-Control' },
    );
  }
  return Math.min(Number(digits[1] ?? digits[2]), MAX_SECONDS);
}

function applyMember(draft: Draft, member: unknown): void {
  if (!isJsonObject(member)) throw wrongType('cache', 'an object', member);
  for (const [name, value] of Object.entries(member)) {
    if (value !== null) applyField(draft, name, value);
  }
}

function applyField(draft: Draft, name: string, value: unknown): void {
  switch (name) {
    case 'no-cache':
      if (boolean(name, value)) draft.read = false;
      break;
    case 'no-store':
      if (boolean(name, value)) draft.write = false;
      break;
    case 'ttl':
      applyTtl(draft, seconds(name, value));
      break;
    case 's-maxage':
      limitAge(draft, seconds(name, value));
      break;
    case 'namespace':
      draft.namespace = namespace(value);
      break;
    default:
      // A misspelt `no-store` that is passed over in silence would store what was to be kept out.
      throw new ProxyError(
        'invalid_value',
        `Unknown cache control 'cache.${name}'. Known are 'no-cache', 'no-store', 'ttl', 's-maxage' and 'namespace'.`,
        { param: `cache.${name}` },
      );
  }
}

function limitAge(draft: Draft, ageSeconds: number): void {
  draft.maxAgeMs = Math.min(draft.maxAgeMs ?? Infinity, ageSeconds * 1000);
}

function applyTtl(draft: Draft, ttlSeconds: number): void {
  draft.ttlMs = Math.min(draft.ttlMs ?? Infinity, ttlSeconds * 1000);
  if (ttlSeconds === 0) draft.write = false;
}

function boolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw wrongType(`cache.${name}`, 'a boolean', value);
  return value;
}

function seconds(name: string, value: unknown): number {
  if (typeof value !== 'number') throw wrongType(`cache.${name}`, 'a number of seconds', value);
  if (!(value >= 0)) {
    throw new ProxyError(
      'invalid_value',
      `Invalid value for 'cache.${name}': expected a number of seconds, 0 or more, but got ${value} instead.`,
      { param: `cache.${name}` },
    );
  }
  return Math.min(value, MAX_SECONDS);
}

function namespace(value: unknown): string {
  if (typeof value !== 'string') throw wrongType('cache.namespace', 'a string', value);
  if (value === '' || value.length > MAX_NAMESPACE_LENGTH) {
    throw new ProxyError(
      'invalid_value',
      `Invalid value for 'cache.namespace': expected 1 to ${MAX_NAMESPACE_LENGTH} characters, but got ${value.length} instead.`,
      { param: 'cache.namespace' },
    );
  }
  return value;
}

function wrongType(param: string, expected: string, value: unknown): ProxyError {
  const got = Array.isArray(value) ? 'an array' : value === null ? 'null' : `a value of type ${typeof value}`;
  return new ProxyError('invalid_type', `Invalid type for '${param}': expected ${expected}, but got ${got} instead.`, {
    param,
  });
}
