import { createHash, hash, type Hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isJsonObject } from '../core/json.ts';
import type { JsonObject } from '../core/json.ts';
import { SLICE_BYTES, type Steps } from '../core/slices.ts';
import type { OperationId } from '../protocols/types.ts';
import { losesDigits } from '../wire/json-exact.ts';
import { canonicalize, canonicalSteps } from './canonical.ts';

/** Raised whenever the form of the key or the meaning of an entry changes: old entries then are misses. */
const KEY_VERSION = '3';

/** How the answer is carried and cached, never what it says. */
const TRANSPORT_FIELDS: ReadonlySet<string> = new Set(['stream', 'stream_options', 'cache']);

/** Characters up to which context and body are hashed as one text. */
const ONE_TEXT = 32_768;

/** Request headers that change answers. */
export const ANSWER_HEADERS = ['openai-beta', 'anthropic-version', 'anthropic-beta'] as const;

/** The account that answers, where the caller's own credential is passed on. */
export const ACCOUNT_HEADERS = ['openai-organization', 'openai-project'] as const;

const TAG_LENGTH = 16;
const KEY_FORM = /^[0-9a-f]{16}\.[0-9a-f]{64}$/;

/** All of a request's identity but its body. */
export interface KeyContext {
  /** Whose entries may be seen. */
  readonly scope: string;
  readonly namespace: string;
  readonly operation: OperationId;
  /** Public model name. */
  readonly model: string;
  /** `modelTag(model)`, where it is known already. */
  readonly tag?: string | undefined;
  /** Whether the model is served by mocks alone. */
  readonly mocksOnly: boolean;
  readonly headers: IncomingHttpHeaders;
  /** Whether some endpoint is given the caller's own credential, and with it the account that it names. */
  readonly forwardsCredential: boolean;
  /** The query string, which is passed on. */
  readonly query: string;
  /** Top-level fields of the body that do not count. */
  readonly ignore: readonly string[];
}

export interface KeyBody {
  /** The client's body, parsed. */
  readonly parsed: JsonObject;
  /** The client's body as it came. */
  readonly raw: Buffer;
}

/** The context as one string; equal for two requests only when every part of it is. */
export function contextText(context: KeyContext): string {
  const { scope, namespace, operation, model, mocksOnly, headers, query, ignore } = context;
  let text = lengthPrefixed(KEY_VERSION) + lengthPrefixed(scope) + lengthPrefixed(namespace);
  text += lengthPrefixed(operation) + lengthPrefixed(model) + lengthPrefixed(mocksOnly ? 'mocks' : '');
  for (const name of ANSWER_HEADERS) text += lengthPrefixed(headers[name]);
  for (const name of ACCOUNT_HEADERS) text += lengthPrefixed(context.forwardsCredential ? headers[name] : undefined);
  return text + lengthPrefixed(query) + lengthPrefixed(ignore.join(' '));
}

/** The length in front keeps ("ab", "c") and ("a", "bc") apart; an absent part is none of length 0. */
function lengthPrefixed(part: string | readonly string[] | undefined): string {
  if (part === undefined) return '-:';
  const value = String(part);
  return `${value.length}:${value}`;
}

/**
 * The identity of a request for the cache: `<tag of the model>.<SHA-256>`, 81 characters of hexadecimal.
 * `text` is `contextText(context)`. Two requests share a key when their context is equal and their bodies differ only in
 * the order of members, white space, the spelling of numbers, or fields that do not count. The order of the members of
 * `properties` does count: answers follow it (see `canonicalize`).
 */
export function cacheKey(context: KeyContext, { parsed, raw }: KeyBody, text = contextText(context)): string {
  const digest = new TextDigest(text);
  const ordered = canonicalize(withoutCacheControls(parsed), (piece) => digest.add(piece), leftOut(context));
  // Bodies that JSON.parse has made equal are kept apart by their bytes.
  if (!ordered || losesDigits(raw)) digest.add(raw);
  return `${tagOf(context)}.${digest.hex()}`;
}

/** SHA-256 of a text and what is added to it. As long as all of it is one text, as of most bodies, it is hashed in one call. */
class TextDigest {
  #text: string;
  #digest: Hash | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  add(piece: string | Buffer): void {
    if (this.#digest) this.#digest.update(piece);
    else if (typeof piece === 'string' && this.#text.length + piece.length <= ONE_TEXT) this.#text += piece;
    else this.#digest = createHash('sha256').update(this.#text).update(piece);
  }

  hex(): string {
    return this.#digest ? this.#digest.digest('hex') : hash('sha256', this.#text, 'hex');
  }
}

/** The key of one of the answers that are kept for a request: its own key for the first, number 0. */
export function variantKey(key: string, number: number): string {
  return number === 0 ? key : `${tagPrefix(key)}${hash('sha256', `${key} ${number}`, 'hex')}`;
}

/** `cacheKey` in steps. `loses` is `losesDigits(raw)`. */
export function* cacheKeySteps(
  context: KeyContext,
  { parsed, raw, loses }: KeyBody & { readonly loses: boolean },
  text = contextText(context),
  slice = SLICE_BYTES,
): Steps<string> {
  const digest = createHash('sha256').update(text);
  const identity = withoutCacheControls(parsed);
  const ordered = yield* canonicalSteps(identity, (piece) => digest.update(piece), { omits: leftOut(context), slice });
  if (!ordered || loses) {
    for (let from = 0; from < raw.length; from += slice) {
      digest.update(raw.subarray(from, from + slice));
      yield;
    }
  }
  return `${tagOf(context)}.${digest.digest('hex')}`;
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

function tagOf({ model, tag }: KeyContext): string {
  return tag ?? modelTag(model);
}

/** Tells which top-level members of the body do not count. */
export function leftOut({ ignore }: KeyContext): (name: string) => boolean {
  return (name) => TRANSPORT_FIELDS.has(name) || ignore.includes(name);
}

/** Clients without an SDK write `extra_body` literally; cache controls in there are controls as well. */
function withoutCacheControls(body: JsonObject): JsonObject {
  const { extra_body: extra } = body;
  return isJsonObject(extra) && Object.hasOwn(extra, 'cache') ? { ...body, extra_body: withoutCache(extra) } : body;
}

function withoutCache(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== 'cache'));
}
