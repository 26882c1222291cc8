import { asText } from '../content.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

type Compare = (found: unknown, wanted: unknown) => boolean;

const ordered =
  (test: (order: number) => boolean): Compare =>
  (found, wanted) => {
    if (typeof found !== typeof wanted || (typeof found !== 'number' && typeof found !== 'string')) return false;
    return test(found < (wanted as typeof found) ? -1 : Number(found !== wanted));
  };

const COMPARES: Readonly<Record<string, Compare>> = {
  eq: (found, wanted) => found === wanted,
  ne: (found, wanted) => found !== wanted,
  gt: ordered((order) => order > 0),
  gte: ordered((order) => order >= 0),
  lt: ordered((order) => order < 0),
  lte: ordered((order) => order <= 0),
  in: (found, wanted) => listOf(wanted).includes(found),
  nin: (found, wanted) => !listOf(wanted).includes(found),
};

/** Whether attributes pass the `filters` of a search: comparisons, and `and` / `or` of filters. No filter lets all pass. */
export function passes(attributes: Body, filter: unknown): boolean {
  const { type, filters, key, value } = isBody(filter) ? filter : {};
  if (type === undefined) return true;
  if (type === 'and') return listOf(filters).every((one) => passes(attributes, one));
  if (type === 'or') return listOf(filters).some((one) => passes(attributes, one));
  const compare = asText(type);
  return Object.hasOwn(COMPARES, compare) && COMPARES[compare]?.(attributes[asText(key)], value) === true;
}
