import { conceptOf } from './concepts.ts';
import { datesIn, momentsIn, timesIn } from './dates.ts';
import { searched } from './searched.ts';
import type { NumberSpan, Span } from './spans.ts';
import { codesIn, emailsIn, namesIn, numbersIn, pairsIn, placedIn, quotedIn, urlsIn } from './spans.ts';
import type { Word } from './words.ts';
import { wordsIn } from './words.ts';

/** What a text has that may be a value. Each kind is looked for when it is first asked for. */
export class Facts {
  readonly text: string;
  readonly #kept = new Map<string, unknown>();

  constructor(text: string) {
    this.text = searched(text);
  }

  get words(): readonly Word[] {
    return this.#once('words', () => wordsIn(this.text));
  }

  /** What each word stands for, in their order. */
  get concepts(): readonly string[] {
    return this.#once('concepts', () => this.words.map(({ lower }) => conceptOf(lower)));
  }

  /** Indexes of the words that stand for a concept, ascending. */
  placesOf(concept: string): readonly number[] {
    const places = this.#once('places', () => {
      const found = new Map<string, number[]>();
      for (const [at, one] of this.concepts.entries()) {
        const known = found.get(one);
        if (known) known.push(at);
        else found.set(one, [at]);
      }
      return found;
    });
    return places.get(concept) ?? [];
  }

  /** Index of the first word that begins at this place or behind it. */
  wordAt(at: number): number {
    let low = 0;
    let high = this.words.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.words[middle]?.at ?? Infinity) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  get numbers(): readonly NumberSpan[] {
    return this.#once('numbers', () => {
      const taken = [...this.dates, ...this.times, ...this.moments, ...this.emails, ...this.urls];
      const free = numbersIn(this.text, this.words).filter((span) => !taken.some((one) => overlap(one, span)));
      return free;
    });
  }

  get quoted(): readonly Span[] {
    return this.#once('quoted', () => quotedIn(this.text));
  }

  get emails(): readonly Span[] {
    return this.#once('emails', () => emailsIn(this.text));
  }

  get urls(): readonly Span[] {
    return this.#once('urls', () => urlsIn(this.text));
  }

  get dates(): readonly Span[] {
    return this.#once('dates', () => datesIn(this.text));
  }

  get times(): readonly Span[] {
    return this.#once('times', () => timesIn(this.text));
  }

  get moments(): readonly Span[] {
    return this.#once('moments', () => momentsIn(this.text));
  }

  get codes(): readonly Span[] {
    return this.#once('codes', () => codesIn(this.text));
  }

  get names(): readonly Span[] {
    return this.#once('names', () => namesIn(this.text, this.words));
  }

  get placed(): readonly Span[] {
    return this.#once('placed', () => placedIn(this.text, this.words));
  }

  get pairs(): readonly { readonly key: string; readonly value: Span }[] {
    return this.#once('pairs', () => pairsIn(this.text));
  }

  /** The lowercase word before a place in the text, articles left out; empty at a sentence's start. */
  before(at: number): string {
    let index = this.wordAt(at) - 1;
    while (index > 0 && /^(?:the|a|an|my|our|your)$/.test(this.words[index]?.lower ?? '')) index -= 1;
    const word = this.words[index];
    return word === undefined || /[.!?\n]/.test(this.text.slice(word.end, at)) ? '' : word.lower;
  }

  #once<T>(name: string, make: () => T): T {
    if (!this.#kept.has(name)) this.#kept.set(name, make());
    return this.#kept.get(name) as T;
  }
}

export function overlap(one: Span, other: Span): boolean {
  return one.at < other.end && other.at < one.end;
}

const BETWEEN_ITEMS =
  /^(?:["'”’`]?\s{0,2}(?:\([^()\n]{0,20}\)\s{0,2})?(?:,|;|\n[-*•]?|,?\s{1,2}(?:and|or|und|et|y|vs\.?|versus|&))\s{0,3}(?:and |or )?(?:in |the |for |from |to |of )?["'“‘`]?)$/;

/** Spans that stand in one enumeration with a given one: `Paris, London and Rome`. */
export function enumerated(text: string, spans: readonly Span[], one: Span): readonly Span[] {
  const at = spans.findIndex((span) => span.at === one.at);
  if (at === -1) return [one];
  const joined = (left: Span | undefined, right: Span | undefined): boolean =>
    left !== undefined &&
    right !== undefined &&
    BETWEEN_ITEMS.test(text.slice(left.end, Math.min(right.at, left.end + 60)));
  let first = at;
  while (joined(spans[first - 1], spans[first])) first -= 1;
  let last = at;
  while (joined(spans[last], spans[last + 1])) last += 1;
  return spans.slice(first, last + 1);
}
