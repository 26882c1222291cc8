import { ProxyError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';

const DEFAULT_LIMIT = 20;
const LARGEST_LIMIT = 100;

/**
 * The page of items (oldest first) that a query asks for with `limit`, `order`, `after` and `before`. Throws ProxyError
 * `invalid_value` naming the parameter.
 */
export function pageOf(items: readonly JsonObject[], query: URLSearchParams): JsonObject {
  const limit = Number(query.get('limit') ?? DEFAULT_LIMIT);
  if (!Number.isInteger(limit) || limit < 1 || limit > LARGEST_LIMIT) {
    throw wrong('limit', `an integer from 1 to ${LARGEST_LIMIT}`);
  }
  const order = query.get('order') ?? 'desc';
  if (order !== 'asc' && order !== 'desc') throw wrong('order', "'asc' or 'desc'");
  const ordered = order === 'asc' ? items : items.toReversed();
  const { data, more } = cut(ordered, limit, query.get('after'), query.get('before'));
  return {
    object: 'list',
    data: [...data],
    first_id: idOf(data[0]),
    last_id: idOf(data.at(-1)),
    has_more: more,
  };
}

function cut(
  ordered: readonly JsonObject[],
  limit: number,
  after: string | null,
  before: string | null,
): { readonly data: readonly JsonObject[]; readonly more: boolean } {
  const at = (id: string): number => ordered.findIndex((item) => item['id'] === id);
  if (before !== null && after === null) {
    const end = at(before);
    const reachable = end === -1 ? ordered : ordered.slice(0, end);
    return { data: reachable.slice(-limit), more: reachable.length > limit };
  }
  const start = after === null ? 0 : at(after) + 1;
  return { data: ordered.slice(start, start + limit), more: start + limit < ordered.length };
}

function idOf(item: JsonObject | undefined): string {
  return typeof item?.['id'] === 'string' ? item['id'] : '';
}

function wrong(param: string, expected: string): ProxyError {
  return new ProxyError('invalid_value', `Invalid value for '${param}': expected ${expected}.`, { param });
}
