import { createHash, hash } from 'node:crypto';
import { isJsonObject } from '../core/json.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { OperationId } from '../protocols/types.ts';
import { canonicalize } from './canonical.ts';

/** Raised whenever the form of the key or the meaning of an entry changes: old entries then are misses. */
const KEY_VERSION = '1';

/** How the answer is carried or who caches it, never what it says. */
const TRANSPORT_FIELDS = ['stream', 'stream_options', 'cache'] as const;

const TAG_LENGTH = 16;
const KEY_FORM = /^[0-9a-f]{16}\.[0-9a-f]{64}$/;

export interface KeyInput {
  /** Whose entries may be seen. */
  readonly scope: string;
  readonly namespace: string;
  readonly operation: OperationId;
  /** Public model name. */
  readonly model: string;
  /** The client's body, parsed. */
  readonly body: JsonObject;
  /** The client's body as it came; decides where JSON.parse has lost digits of a number. */
  readonly raw: Buffer;
  /** Top-level fields that do not count (configuration `cache.ignore`). */
  readonly ignore: readonly string[];
  /** What else changes the answer, such as a query string that is passed on. */
  readonly variant?: string;
}

/**
 * The identity of a request for the cache: `<tag of the model>.<SHA-256>`, 81 characters of hexadecimal.
 * Two requests share it when they differ only in key order, white space, number spelling or excluded fields.
 */
export function cacheKey(input: KeyInput): string {
  const digest = createHash('sha256');
  for (const part of [KEY_VERSION, input.scope, input.namespace, input.operation, input.model, input.variant ?? '']) {
    // The length in front keeps ("ab", "c") and ("a", "bc") apart.
    digest.update(`${part.length}:${part}`);
  }
  const exact = canonicalize(identityOf(input.body, input.ignore), (piece) => digest.update(piece));
  if (!exact) digest.update(input.raw);
  return `${modelTag(input.model)}.${digest.digest('hex')}`;
}

/** The part of a key that all entries of a model share. */
export function modelTag(model: string): string {
  return hash('sha256', model, 'hex').slice(0, TAG_LENGTH);
}

/** The tag at the front of a key, with its dot. */
export function tagPrefix(key: string): string {
  return key.slice(0, TAG_LENGTH + 1);
}

export function isCacheKey(text: string): boolean {
  return KEY_FORM.test(text);
}

function identityOf(body: JsonObject, ignore: readonly string[]): Json {
  const excluded = new Set<string>([...TRANSPORT_FIELDS, ...ignore]);
  const members = Object.entries(body).filter(([name]) => !excluded.has(name));
  // Clients without an SDK write `extra_body` literally; cache controls in there are controls as well.
  return Object.fromEntries(
    members.map(([name, value]) => [name, name === 'extra_body' && isJsonObject(value) ? withoutCache(value) : value]),
  );
}

function withoutCache(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== 'cache'));
}
