import { numberIn, unsupportedChoice, wrongType } from '../refusals/sentences.ts';
import { refuse } from './errors.ts';
import { json } from './json.ts';
import type { DialectContext, JsonReply } from './reply.ts';

/** How one list of the provider is paged. */
export interface ListingRules {
  /** Entries of a page when the request names none. Default 20. */
  readonly limit?: number | undefined;
  /** Default 100. */
  readonly limitMost?: number | undefined;
  /** Order when the request names none. Default `desc`: newest first. */
  readonly order?: 'asc' | 'desc' | undefined;
}

export interface Page<T> {
  readonly data: readonly T[];
  readonly hasMore: boolean;
}

interface Asked {
  readonly limit: number;
  readonly order: string;
}

/** A page of what `query` asks for (`limit`, `order`, `after`, `before`); `entries` come oldest first. A cursor that is in no entry begins at the start. */
export function pageOf<T>(
  entries: readonly T[],
  query: URLSearchParams,
  idOf: (entry: T) => string,
  rules: ListingRules = {},
): Page<T> {
  const { limit, order } = askedOf(query, rules);
  const ordered = order === 'asc' ? entries : entries.toReversed();
  const before = query.get('before');
  if (before !== null && !query.has('after')) {
    const end = ordered.findIndex((entry) => idOf(entry) === before);
    const reachable = end === -1 ? ordered : ordered.slice(0, end);
    return { data: reachable.slice(-limit), hasMore: reachable.length > limit };
  }
  const after = query.get('after');
  const start = after === null ? 0 : ordered.findIndex((entry) => idOf(entry) === after) + 1;
  const data = ordered.slice(start, start + limit);
  return { data, hasMore: start + data.length < ordered.length };
}

function askedOf(query: URLSearchParams, rules: ListingRules): Asked {
  const { limit = 20, limitMost = 100, order = 'desc' } = rules;
  const asked = Number(query.get('limit') ?? limit);
  return {
    limit: Number.isInteger(asked) && asked >= 0 ? Math.min(asked, limitMost) : limit,
    order: query.get('order') ?? order,
  };
}

/** The provider's refusal of a `limit` or `order` that it does not know. */
export function refusedListing(
  query: URLSearchParams,
  context: DialectContext,
  rules: ListingRules = {},
): JsonReply | undefined {
  const { limitMost = 100 } = rules;
  const limit = query.get('limit');
  if (limit !== null && !/^-?\d+$/.test(limit)) {
    return refuse(context, wrongType('limit', 'an integer', limit));
  }
  const outside = numberIn('limit', Number(limit ?? 1), { least: 1, most: limitMost, integer: true });
  if (outside) return refuse(context, outside);
  const order = query.get('order');
  if (order === null || order === 'asc' || order === 'desc') return undefined;
  return refuse(context, unsupportedChoice('order', order, ['asc', 'desc']));
}

/**
 * Compact JSON of `{object: "list", data, first_id, last_id, has_more}`; `texts` are the entries of the page as compact JSON.
 * `none` is the edge of an empty page: most schemas of the specification want a string there, some allow null.
 */
export function listJson(
  texts: readonly string[],
  ids: readonly string[],
  hasMore: boolean,
  none: '' | null = '',
): string {
  const edges = `"first_id":${json(ids[0] ?? none)},"last_id":${json(ids.at(-1) ?? none)}`;
  return `{"object":"list","data":[${texts.join(',')}],${edges},"has_more":${hasMore}}`;
}
