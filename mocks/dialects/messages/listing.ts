import { json } from '../json.ts';
import type { DialectContext, JsonReply } from '../reply.ts';
import type { Body } from '../validate.ts';
import { refusal } from './errors.ts';
import { successHeaders } from './headers.ts';

const USUAL = 20;
const MOST = 1000;

/** A success whose body is this compact JSON text. */
export function answerText(context: DialectContext, body: string): JsonReply {
  return { kind: 'json', status: 200, headers: successHeaders(context, 'application/json'), body, tokens: 0 };
}

/** A success whose body is this value, compact. */
export function answerJson(context: DialectContext, value: unknown): JsonReply {
  return answerText(context, json(value));
}

function limitOf(query: URLSearchParams): number | string {
  const text = query.get('limit') ?? String(USUAL);
  const limit = Number(text);
  if (!/^-?\d+$/.test(text)) return 'limit: Input should be a valid integer, unable to parse string as an integer';
  if (limit < 1) return 'limit: Input should be greater than or equal to 1';
  return limit > MOST ? `limit: Input should be less than or equal to ${MOST}` : limit;
}

/** A page of `entries` (in the order of the list) that `limit`, `after_id` and `before_id` ask for. */
export function listReply(entries: readonly Body[], query: URLSearchParams, context: DialectContext): JsonReply {
  const limit = limitOf(query);
  if (typeof limit === 'string') return refusal(context, limit);
  const place = (id: string | null): number => (id === null ? -1 : entries.findIndex((entry) => entry['id'] === id));
  const before = place(query.get('before_id'));
  const reachable = before === -1 ? entries.slice(place(query.get('after_id')) + 1) : entries.slice(0, before);
  const data = before === -1 ? reachable.slice(0, limit) : reachable.slice(-limit);
  return answerJson(context, {
    data,
    has_more: reachable.length > data.length,
    first_id: data[0]?.['id'] ?? null,
    last_id: data.at(-1)?.['id'] ?? null,
  });
}
