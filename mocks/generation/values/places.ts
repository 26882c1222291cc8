import type { Span } from '../question/spans.ts';
import { COUNTRIES } from './lexicon.ts';
import type { Property } from './property.ts';
import type { Source } from './source.ts';

const INTO = new Set(['to', 'into', 'towards', 'for']);
const PLACED = new Set(['in', 'at', 'near', 'for', 'of', 'to', 'from', 'around', 'between', 'into']);
const LEAVING = ['from', 'origin', 'source', 'departure'];
const ARRIVING = ['destination', 'to', 'arrival', 'target'];
/** Behind a name that begins a sentence these say that it is a person's. */
const ACTS = /^\s(?:is|was|are|lives?|works?|has|and|likes?|said|will|wants?|went)\b/;

/** Words before which a name is that of a person. */
export const PEOPLED = new Set([
  'with',
  'named',
  'called',
  'by',
  'for',
  'to',
  'is',
  'am',
  'mr',
  'mrs',
  'ms',
  'dr',
  'and',
  'from',
  'contact',
  'tell',
  'invite',
  'email',
]);

function headed(property: Property, before: string): number {
  const has = (words: readonly string[]): boolean => words.some((word) => property.words.includes(word));
  if (property.kind === 'origin' || has(LEAVING)) return before === 'from' ? 4 : -2;
  if (!has(ARRIVING)) return PLACED.has(before) ? 2 : 0;
  if (INTO.has(before)) return 4;
  return before === 'from' ? -3 : 0;
}

function national(property: Property, span: Span): number {
  const country = COUNTRIES.has(span.text.toLowerCase());
  if (property.words.includes('country')) return country ? 4 : -2;
  return country && (property.words.includes('city') || property.words.includes('town')) ? -2 : 0;
}

/** How likely a name is the place that a property asks for; nothing below 0 is. */
export function placeScore(property: Property, source: Source, span: Span): number {
  const before = source.facts.before(span.at);
  const personal = PEOPLED.has(before) && !PLACED.has(before) ? -2 : 0;
  const acting = before === '' && ACTS.test(source.facts.text.slice(span.end, span.end + 8)) ? -3 : 0;
  return 1 + source.nearness(property, span) + headed(property, before) + national(property, span) + personal + acting;
}
