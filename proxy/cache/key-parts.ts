import { createHash, hash } from 'node:crypto';
import type { Json } from '../core/json.ts';
import { canonicalize } from './canonical.ts';
import { ACCOUNT_HEADERS, ANSWER_HEADERS, cacheKey, leftOut, type KeyBody, type KeyContext } from './key.ts';

/** Members of a body, and elements of one of its lists, that have a part of their own. */
const MOST_PARTS = 32;
/** Characters of their names. */
const LONGEST_NAME = 40;
/** Characters of a model that is given as it is. */
const LONGEST_MODEL = 256;

/**
 * What a cache key is made of, for comparing two of them: names and switches as they are, everything else as the SHA-256 of it in
 * hexadecimal. Two requests have the same key where all parts are the same. `body` is all of the body; parts after it (`body.NAME`,
 * `body.NAME[0]`) say where two bodies differ.
 */
export function keyParts(context: KeyContext, body: KeyBody): Readonly<Record<string, string>> {
  const { scope, namespace, operation, model, mocksOnly, headers, forwardsCredential, query, ignore } = context;
  const named = ANSWER_HEADERS.map((name) => [name, headers[name]]);
  const account = forwardsCredential ? ACCOUNT_HEADERS.map((name) => [name, headers[name]]) : [];
  return {
    scope: sha256(scope),
    namespace: sha256(namespace),
    operation,
    model: model.length > LONGEST_MODEL ? sha256(model) : model,
    mocks: String(mocksOnly),
    headers: sha256(JSON.stringify([...named, ...account])),
    query: sha256(query),
    ignore: ignore.join(' '),
    body: cacheKey(context, body, '').slice(-64),
    ...Object.fromEntries(memberParts(context, body)),
  };
}

function* memberParts(context: KeyContext, { parsed }: KeyBody): Generator<[name: string, digest: string]> {
  const isLeftOut = leftOut(context);
  const members = Object.entries(parsed).filter(([name]) => !isLeftOut(name));
  for (const [member, value] of members.slice(0, MOST_PARTS)) {
    const name = `body.${member.slice(0, LONGEST_NAME)}`;
    if (!Array.isArray(value) || value.length > MOST_PARTS) yield [name, canonicalSha256(value)];
    else for (const [index, element] of value.entries()) yield [`${name}[${index}]`, canonicalSha256(element)];
  }
}

function canonicalSha256(value: Json | undefined): string {
  const digest = createHash('sha256');
  if (value !== undefined) canonicalize(value, (piece) => digest.update(piece));
  return digest.digest('hex');
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}
