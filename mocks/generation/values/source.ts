import { Facts, overlap } from '../question/facts.ts';
import type { Span } from '../question/spans.ts';
import type { Property } from './property.ts';

/** What values are taken from. */
export interface SourceParts {
  readonly facts: Facts;
  /** What the user said before, newest first. */
  readonly earlier?: readonly Facts[];
  /** What tools returned, by key. */
  readonly returned?: ReadonlyMap<string, unknown>;
  /** The part of the text that a value is rather taken from. */
  readonly window?: { readonly at: number; readonly end: number } | undefined;
  /** The text that answers the question, for properties that ask for it. */
  readonly answer?: () => string;
}

/** Index of the first member that is not below a bound; the list ascends. */
function firstNotBelow(list: readonly number[], bound: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] ?? bound) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

const NO_RETURNS: ReadonlyMap<string, unknown> = new Map();
const BOUNDARY = /[.;,!?\n]|\band\b|\bthen\b/;

/** A text that values are taken from, each piece of it once. */
export class Source {
  readonly facts: Facts;
  readonly earlier: readonly Facts[];
  readonly returned: ReadonlyMap<string, unknown>;
  readonly answer: () => string;
  readonly #parts: SourceParts;
  readonly #used: Span[] = [];

  constructor(parts: SourceParts) {
    this.#parts = parts;
    this.facts = parts.facts;
    this.earlier = parts.earlier ?? [];
    this.returned = parts.returned ?? NO_RETURNS;
    this.answer = parts.answer ?? (() => this.facts.text);
  }

  /** The same with nothing used yet. */
  fresh(): Source {
    return new Source(this.#parts);
  }

  /** The same text, of which only a part counts, with nothing used yet. */
  within(window: { readonly at: number; readonly end: number }): Source {
    return new Source({ ...this.#parts, window });
  }

  /** A part of the text by itself. */
  only(part: { readonly at: number; readonly end: number }): Source {
    const facts = new Facts(this.facts.text.slice(part.at, part.end));
    return new Source({ ...this.#parts, facts, window: undefined });
  }

  /** An earlier text of the user in its place. */
  of(facts: Facts): Source {
    return new Source({ ...this.#parts, facts, earlier: [], window: undefined });
  }

  /** Those that have given no value yet; those in the window alone when there are any. */
  free(spans: readonly Span[]): readonly Span[] {
    const left = spans.filter((span) => !this.#used.some((used) => overlap(used, span)));
    const { window } = this.#parts;
    if (window === undefined) return left;
    const inside = left.filter((span) => span.at >= window.at && span.end <= window.end);
    return inside.length > 0 ? inside : left;
  }

  use(span: Span): void {
    this.#used.push(span);
  }

  /** How near to words that speak of a property a piece of the text stands: 0 without such a word, about 1 beside it. */
  nearness(property: Property, span: Span): number {
    const { facts } = this;
    const first = facts.wordAt(span.at);
    const behind = facts.wordAt(span.end);
    let best = this.#beside(property, span);
    for (const [concept, weight] of property.concepts) {
      const places = facts.placesOf(concept);
      if (places.length === 0) continue;
      const next = firstNotBelow(places, behind);
      const before = places[firstNotBelow(places, first) - 1];
      if (before !== undefined) best = Math.max(best, weight * this.#closeness(span, first - before, before));
      const after = places[next];
      if (after !== undefined) best = Math.max(best, weight * this.#closeness(span, after - behind + 1, after));
    }
    return best;
  }

  #closeness(span: Span, steps: number, at: number): number {
    const word = this.facts.words[at];
    // Words at this distance say nothing any more.
    if (steps > 15 || word === undefined) return 0;
    const { text } = this.facts;
    const behind = word.at >= span.end;
    const between = behind ? text.slice(span.end, word.at) : text.slice(word.end, span.at);
    const apart = BOUNDARY.test(between);
    const unit = behind && steps === 1 && !apart ? 1.3 : 1;
    return (unit / steps) * (apart ? 0.3 : 1);
  }

  /** Signs that stand at a number without a space: `$5`, `20%`. */
  #beside(property: Property, span: Span): number {
    const { text } = this.facts;
    const signs = [text.charAt(span.at - 1), text.charAt(span.end)].filter(
      (sign) => '$€£%°'.includes(sign) && sign !== '',
    );
    return Math.max(0, ...signs.map((sign) => 1.5 * (property.concepts.get(sign) ?? 0)));
  }
}
