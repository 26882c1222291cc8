import { isoDate, isoMoment, isoTime } from '../question/dates.ts';
import type { Span } from '../question/spans.ts';
import { isStopWord } from '../question/words.ts';
import { expressionIn } from './expressions.ts';
import { COLORS, COUNTRIES, CURRENCIES, LANGUAGES } from './lexicon.ts';
import type { Kind, Property } from './property.ts';
import type { Source } from './source.ts';
import { PEOPLED, placeScore } from './places.ts';
import { asked, describedTopic } from './topic.ts';

/** A text for a property and where it stands; `among`: what of the same kind there is, for lists. */
export interface Found {
  readonly text: string;
  readonly span?: Span | undefined;
  readonly among?: readonly Span[] | undefined;
}

type Finder = (property: Property, source: Source) => Found | undefined;

const THINGS =
  /^(?:company|organi[sz]ation|product|brand|team|artist|band|movie|film|book|song|game|species|item|store|shop|hotel|restaurant|airline|institution|university|school|hospital|river|mountain|planet|animal|pet|entity|model|food|dish)$/;

const PLACING = new Set(['in', 'at', 'near']);
const NAMING = new Set(['named', 'called', 'name', 'for', 'customer', 'person', 'user']);
const HEADING = new Set(['to', 'from']);
const SENT_TO = new Set(['to', 'recipient', 'contact', 'receiver', 'addressee', 'from', 'sender']);

function best(spans: readonly Span[], score: (span: Span, at: number) => number): Span | undefined {
  let found: Span | undefined;
  let highest = 0;
  for (const [at, span] of spans.entries()) {
    const reached = score(span, at);
    if (reached > highest) [found, highest] = [span, reached];
  }
  return found;
}

const as = (span: Span | undefined, among?: readonly Span[]): Found | undefined =>
  span && { text: span.text, span, among };

const nearest = (property: Property, source: Source, spans: readonly Span[]): Span | undefined =>
  best(source.free(spans), (span) => 0.01 + source.nearness(property, span));

/** Capitalised names, and what prepositions stand before where names are written small. */
function namelike(source: Source): readonly Span[] {
  const { names, placed, emails, urls } = source.facts;
  const taken = [...names, ...emails, ...urls];
  const small = placed.filter((span) => !taken.some((name) => name.at < span.end && span.at < name.end));
  return source.free([...names, ...small].toSorted((a, b) => a.at - b.at));
}

const place: Finder = (property, source) => {
  const spans = namelike(source);
  const names = new Set(source.facts.names);
  return as(
    best(spans, (span) => placeScore(property, source, span) - (names.has(span) ? 0 : 1.2)),
    spans,
  );
};

function personScore(property: Property, source: Source, span: Span): number {
  const before = source.facts.before(span.at);
  const placed = PLACING.has(before) || COUNTRIES.has(span.text.toLowerCase());
  // `to Ada` is a person where something is sent, a place where one goes.
  const headed = HEADING.has(before) && !property.words.some((word) => SENT_TO.has(word));
  const likely = Number(PEOPLED.has(before)) + Number(before === '') * 0.5 - (placed ? 3 : headed ? 1.5 : 0);
  return 1 + likely + source.nearness(property, span);
}

const person: Finder = (property, source) => {
  const quoted = nearest(property, source, source.facts.quoted);
  if (quoted && NAMING.has(source.facts.before(quoted.at))) return as(quoted, source.facts.quoted);
  const names = source.free(source.facts.names);
  const span = best(names, (name) => personScore(property, source, name));
  if (span === undefined) return undefined;
  const parts = span.text.split(' ');
  if (parts.length > 1 && property.words.includes('first')) return { text: parts[0] ?? '' };
  if (parts.length > 1 && (property.words.includes('last') || property.words.includes('family')))
    return { text: parts.at(-1) ?? '' };
  return as(span, names);
};

/** `named X`, `called X`, and what stands in quotation marks. */
const title: Finder = (property, source) => {
  const quoted = nearest(property, source, source.facts.quoted);
  if (quoted) return as(quoted, source.facts.quoted);
  return person(property, source) ?? thing(property, source);
};

const thing: Finder = (property, source) => {
  const quoted = nearest(property, source, source.facts.quoted);
  if (quoted) return as(quoted, source.facts.quoted);
  const spans = namelike(source);
  const names = new Set(source.facts.names);
  return as(
    best(spans, (span) => (names.has(span) ? 1 : 0.2) + source.nearness(property, span)),
    spans,
  );
};

const dated =
  (
    read: (text: string) => string | undefined,
    spans: (source: Source) => readonly Span[],
    formatted: (property: Property) => boolean,
  ): Finder =>
  (property, source) => {
    const span = nearest(property, source, spans(source));
    if (span === undefined) return undefined;
    const text = formatted(property) ? read(span.text) : span.text;
    return text === undefined ? undefined : { text, span };
  };

const moment: Finder = (property, source) => {
  const exact = nearest(property, source, source.facts.moments);
  const written = exact && isoMoment(exact.text);
  if (written !== undefined) return { text: written, span: exact };
  const day = nearest(property, source, source.facts.dates);
  const date = day && isoDate(day.text);
  if (day === undefined || date === undefined) return undefined;
  const hour = nearest(property, source, source.facts.times);
  return { text: `${date}T${(hour && isoTime(hour.text)) ?? '09:00:00'}Z`, span: day };
};

const identifier: Finder = (property, source) => {
  const { facts } = source;
  if (property.words.includes('symbol') || property.words.includes('ticker')) {
    const symbols = facts.words.filter(({ text }) => /^[A-Z]{2,5}$/.test(text));
    return as(nearest(property, source, symbols), symbols) ?? thing(property, source);
  }
  const taken = [...facts.dates, ...facts.times, ...facts.emails, ...facts.urls];
  const codes = facts.codes.filter((code) => !taken.some((one) => one.at < code.end && code.at < one.end));
  return as(nearest(property, source, codes), codes) ?? as(nearest(property, source, facts.quoted));
};

function memberOf(list: { has(word: string): boolean }): Finder {
  return (property, source) => {
    const spans = source.facts.words.filter(({ lower }) => list.has(lower));
    const wanted = property.words.includes('source') || property.words.includes('from') ? 'from' : 'to';
    return as(
      best(
        source.free(spans),
        (span) => 1 + Number(source.facts.before(span.at) === wanted) + source.nearness(property, span),
      ),
      spans,
    );
  };
}

const currency: Finder = (property, source) => {
  const { text } = source.facts;
  const written = source.facts.words.filter(({ lower }) => CURRENCIES.has(lower));
  const signs = Array.from(text.matchAll(/[$€£¥]/g), ({ 0: sign, index }) => ({
    text: sign,
    at: index,
    end: index + 1,
  }));
  const spans = source.free([...written, ...signs].toSorted((a, b) => a.at - b.at));
  const has = (word: string): boolean => property.words.includes(word);
  const target = has('to') || has('target') || has('destination');
  const span = best(spans, (one, at) => {
    const into = /^(?:to|in|into)$/.test(source.facts.before(one.at));
    return 1 + (into === target ? 2 : 0) - at / 100;
  });
  return span && { text: CURRENCIES.get(span.text.toLowerCase()) ?? span.text, span };
};

const code: Finder = (_property, source) => {
  const [, , fenced] = /```(\w{0,20})\n([\s\S]{1,4000}?)```/.exec(source.facts.text) ?? [];
  if (fenced !== undefined) return { text: fenced.trimEnd() };
  const sum = expressionIn(source.facts);
  return sum && { text: `print(${sum.text})` };
};

/** `color is blue`, `set the color to blue`, `unit: celsius`: what follows the word that the property is named by. */
const described: Finder = (property, source) => {
  const { words, text } = source.facts;
  const last = property.words.at(-1);
  for (const [at, word] of words.entries()) {
    if (word.lower !== last) continue;
    const link = words[at + 1];
    const linked = link !== undefined && /^(?:is|to|as|of|called|named|be|equals)$/.test(link.lower);
    const first = words[at + (linked ? 2 : 1)];
    if (
      first === undefined ||
      isStopWord(first.lower) ||
      !/^["'“‘`\s]{0,3}$/.test(text.slice((linked ? link : word).end, first.at))
    )
      continue;
    const span = { text: first.text, at: first.at, end: first.end };
    if (linked || /^\s{0,2}(?:[.,;!]|$)/.test(text.slice(first.end, first.end + 3))) return as(source.free([span])[0]);
  }
  return undefined;
};

const other: Finder = (property, source) => {
  if (property.words.some((word) => THINGS.test(word))) return described(property, source) ?? thing(property, source);
  if (/^colou?r$/.test(property.words.at(-1) ?? '')) return memberOf(COLORS)(property, source);
  return described(property, source) ?? as(nearest(property, source, source.facts.quoted), source.facts.quoted);
};

const FINDERS: Readonly<Record<Kind, Finder>> = {
  email: (property, source) => as(nearest(property, source, source.facts.emails), source.facts.emails),
  url: (property, source) => as(nearest(property, source, source.facts.urls), source.facts.urls),
  date: dated(
    isoDate,
    ({ facts }) => facts.dates,
    ({ schema }) => schema['format'] === 'date' || isoWanted(schema['description']),
  ),
  time: dated(
    (text) => ((time) => time && `${time}Z`)(isoTime(text)),
    ({ facts }) => facts.times,
    ({ schema }) => schema['format'] === 'time',
  ),
  moment,
  origin: place,
  place,
  person,
  expression: (_property, source) => {
    const sum = expressionIn(source.facts);
    return sum && { text: sum.text };
  },
  code,
  identifier,
  language: memberOf(LANGUAGES),
  currency,
  answer: (_property, source) => ({ text: source.answer() }),
  request: (property, source) => describedTopic(property, source) ?? asked(property, source),
  title,
  other,
};

function isoWanted(description: unknown): boolean {
  return typeof description === 'string' && /y{4}-m{2}-d{2}|iso/i.test(description);
}

/** `city: Berlin`: the name stands in the text with its value. */
function paired(property: Property, source: Source): Found | undefined {
  if (property.words.length === 0) return undefined;
  const name = property.words.join(' ');
  const pair = source.facts.pairs.find(({ key, value }) => {
    const spoken = key.replaceAll(/[_-]/g, ' ');
    return (spoken === name || spoken.endsWith(` ${name}`)) && source.free([value]).length > 0;
  });
  return pair && { text: pair.value.text, span: pair.value };
}

/** What the text says for a property that is a string, best first: nothing when it says nothing. */
export function stringsFound(property: Property, source: Source): readonly Found[] {
  const returned = source.returned.get(property.name);
  const known = typeof returned === 'string' || typeof returned === 'number' ? [{ text: String(returned) }] : [];
  const finds = [paired(property, source), ...known, FINDERS[property.kind](property, source)];
  return finds.filter((found) => found !== undefined && found.text !== '') as readonly Found[];
}
