import type { Endpoint } from '../routing/types.ts';

/** Shorter values are too likely to be ordinary words. */
const SHORTEST = 6;
/** An error may hide an ordinary word; in an answer that a model wrote, a value counts as a key only if it looks like one. */
const SURELY_A_KEY = 16;
const MIXED_KEY = 8;
const KEY_PREFIX = /^(?:sk|rk|pk|ek|gsk|xai|hf|key|api)[-_]/i;
const SECRET_HEADER = /auth|key|token|secret|password|credential|cookie|session|signature/i;
/** `Bearer KEY`: an endpoint may repeat the key without its scheme (RFC 9110 section 11.4). */
const SCHEME = /^(?:Bearer|Basic|Token|ApiKey)\s+/i;
export const MASK = '***';

interface EndpointSecrets {
  readonly all: readonly string[];
  readonly keys: readonly string[];
  /** `keys` as they stand in a body. */
  readonly keyBytes: readonly Buffer[];
  /** `keys` as they stand in a header, addresses included. */
  readonly headerForms: readonly string[];
}

/** An endpoint is fixed for the life of a configuration: what is derived from it is derived once. */
const DERIVED = new WeakMap<Endpoint, EndpointSecrets>();

function secretsOf(endpoint: Endpoint): EndpointSecrets {
  let secrets = DERIVED.get(endpoint);
  if (secrets === undefined) {
    secrets = derive(endpoint);
    DERIVED.set(endpoint, secrets);
  }
  return secrets;
}

function derive({ credential, headers }: Endpoint): EndpointSecrets {
  const own = credential.kind === 'key' ? [credential.value] : [];
  const all = [...Object.values(headers), ...own].flatMap(bare);
  const named = Object.entries(headers).filter(([name]) => SECRET_HEADER.test(name));
  const keys = formsOf([...named.map(([, value]) => value), ...own].flatMap(bare).filter(isKey));
  return {
    all: formsOf(all.filter(({ length }) => length >= SHORTEST)),
    keys,
    keyBytes: keys.map((key) => Buffer.from(key)),
    headerForms: [...new Set(keys.flatMap((key) => [key, encodeURIComponent(key)]))],
  };
}

/** What is sent to the endpoint alone, as an error may repeat it; longest first, as one may be a part of another. */
export function ownSecrets(endpoint: Endpoint): readonly string[] {
  return secretsOf(endpoint).all;
}

/** Those of them that must not leave in an answer that succeeded either: the endpoint's key, in whatever header it goes. */
export function ownKeys(endpoint: Endpoint): readonly string[] {
  return secretsOf(endpoint).keys;
}

/** `ownKeys` as bytes, for bodies. */
export function ownKeyBytes(endpoint: Endpoint): readonly Buffer[] {
  return secretsOf(endpoint).keyBytes;
}

/** `ownKeys` as they may stand in a header. */
export function ownKeysInHeaders(endpoint: Endpoint): readonly string[] {
  return secretsOf(endpoint).headerForms;
}

/** A whole error body without the endpoint's credential and configured headers, in case it repeats them; else the same buffer. */
export function withoutOwnSecrets(body: Buffer, endpoint: Endpoint): Buffer {
  const repeated = ownSecrets(endpoint).filter((secret) => body.includes(secret));
  if (repeated.length === 0) return body;
  // latin1 maps every byte to one character and back.
  const clean = repeated.reduce((text, secret) => text.replaceAll(secret, MASK), body.toString('latin1'));
  return Buffer.from(clean, 'latin1');
}

function isKey(value: string): boolean {
  const { length } = value;
  if (length >= SURELY_A_KEY) return true;
  if (length >= MIXED_KEY && /\d/.test(value) && /[a-z]/i.test(value)) return true;
  return length >= SHORTEST && KEY_PREFIX.test(value);
}

/** The value, and what is left of it without the name of an authentication scheme. */
function bare(value: string): string[] {
  const rest = value.replace(SCHEME, '');
  return rest === value ? [value] : [value, rest];
}

/** Each value as it is and as it stands in a JSON string. */
function formsOf(values: readonly string[]): string[] {
  const forms = new Set(values.flatMap((value) => [value, JSON.stringify(value).slice(1, -1)]));
  return [...forms].toSorted((a, b) => b.length - a.length);
}
