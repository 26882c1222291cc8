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

/** What is sent to the endpoint alone, as an error may repeat it; longest first, as one may be a part of another. */
export function ownSecrets({ credential, headers }: Endpoint): string[] {
  const values = [...Object.values(headers), ...(credential.kind === 'key' ? [credential.value] : [])];
  return formsOf(values.flatMap(bare).filter(({ length }) => length >= SHORTEST));
}

/** Those of them that must not leave in an answer that succeeded either: the endpoint's key, in whatever header it goes. */
export function ownKeys({ credential, headers }: Endpoint): string[] {
  const named = Object.entries(headers).filter(([name]) => SECRET_HEADER.test(name));
  const values = [...named.map(([, value]) => value), ...(credential.kind === 'key' ? [credential.value] : [])];
  return formsOf(values.flatMap(bare).filter(isKey));
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
