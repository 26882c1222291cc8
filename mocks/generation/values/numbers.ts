import type { NumberSpan } from '../question/spans.ts';
import type { Property } from './property.ts';
import { fits } from './valid.ts';
import type { Source } from './source.ts';

interface Pairing {
  readonly property: Property;
  readonly span: NumberSpan;
  readonly value: number;
  readonly score: number;
}

/** Nearer than this a word speaks of a number. */
const NEAR = 0.12;

/** The number as the schema can have it: a percentage as a fraction where the bounds want that. */
function fitted(property: Property, span: NumberSpan, text: string): number | undefined {
  const { schema } = property;
  if (fits(schema, span.value)) return span.value;
  const share = span.value / 100;
  return text.charAt(span.end) === '%' && fits(schema, share) ? share : undefined;
}

function pairings(properties: readonly Property[], source: Source): readonly Pairing[] {
  const spans = source.free(source.facts.numbers) as readonly NumberSpan[];
  return properties.flatMap((property) =>
    spans.flatMap((span): readonly Pairing[] => {
      const value = fitted(property, span, source.facts.text);
      return value === undefined ? [] : [{ property, span, value, score: source.nearness(property, span) }];
    }),
  );
}

/**
 * Numbers of the text for numeric properties of one object: those that stand near words that speak of the property, then, for
 * those that must have one, what is left in the order of the text.
 */
export function assignedNumbers(
  properties: readonly Property[],
  required: ReadonlySet<string>,
  source: Source,
): ReadonlyMap<string, number> {
  const assigned = new Map<string, number>();
  if (properties.length === 0) return assigned;
  const all = pairings(properties, source);
  const taken = new Set<NumberSpan>();
  const take = ({ property, span, value }: Pairing): void => {
    if (assigned.has(property.name) || taken.has(span)) return;
    assigned.set(property.name, value);
    taken.add(span);
    source.use(span);
  };
  const near = all.filter(({ score }) => score >= NEAR).toSorted((a, b) => b.score - a.score || a.span.at - b.span.at);
  for (const pairing of near) take(pairing);
  for (const pairing of all) if (required.has(pairing.property.name) && isFree(pairing, source)) take(pairing);
  return assigned;
}

/** Words of properties that bound how much is shown: a number of something else (`3 days`) is not theirs. */
const BOUNDS = new Set(['limit', 'max', 'min', 'page', 'offset', 'top', 'k', 'results', 'timeout', 'retries']);
const UNIT = /^\s(?!results\b|items\b)\p{L}{2,}/u;

function isFree({ span, property }: Pairing, source: Source): boolean {
  return (
    !property.words.some((word) => BOUNDS.has(word)) || !UNIT.test(source.facts.text.slice(span.end, span.end + 12))
  );
}
