import { enumerated } from '../question/facts.ts';
import { mentionedMembers } from './choices.ts';
import { formatted } from './formats.ts';
import type { Property, Schema } from './property.ts';
import { propertyOf } from './property.ts';
import { asList, isObject } from './schema.ts';
import type { Source } from './source.ts';
import { stringsFound } from './strings.ts';
import { fits } from './valid.ts';

/** `cities` as the property that each of its items is. */
export function itemOf(list: Property, items: Schema): Property {
  const last = list.words.at(-1) ?? '';
  const single = last.replace(/(?:ies$)/, 'y').replace(/([^su])s$/, '$1');
  const described = items['description'] === undefined ? { ...items, description: list.schema['description'] } : items;
  const item = propertyOf([...list.words.slice(0, -1), single].join('_'), described);
  return { ...item, name: list.name, schema: items };
}

function texts(item: Property, source: Source): readonly unknown[] {
  for (const found of stringsFound(item, source)) {
    if (found.span === undefined || found.among === undefined) {
      if (item.kind === 'answer' || item.kind === 'request') return [];
      return found.text.includes(' and ') ? found.text.split(/\s*,\s*|\s+and\s+/) : [found.text];
    }
    const listed = enumerated(source.facts.text, source.free(found.among), found.span);
    for (const span of listed) source.use(span);
    return listed.map(({ text }) => text);
  }
  return [];
}

/** `tags: red, green and blue`: everything after the name up to the end of the sentence. */
function written(list: Property, source: Source): readonly string[] {
  const { text } = source.facts;
  const name = list.words.join(' ');
  if (name === '') return [];
  const at = text.toLowerCase().indexOf(name);
  if (at === -1) return [];
  const after =
    /^\s{0,2}(?:are|is|:|=|of|such as|like)?\s{0,2}\[?([^\n.;!?[\]]{1,400})/.exec(
      text.slice(at + name.length, at + name.length + 450),
    )?.[1] ?? '';
  const parts = after
    .split(/,\s*(?:and\s+|or\s+)?|\s+(?:and|or)\s+/)
    .map((part) => part.trim().replace(/^["'`“‘](.*)["'`”’]$/, '$1'));
  return parts.length > 1 && parts.every((part) => part !== '' && part.length <= 60 && part.split(/\s+/).length <= 4)
    ? parts
    : [];
}

const ITEM = String.raw`(?:(?!(?:with|for|of|in|including|like)\b)[\p{L}\p{N}'-]{1,30}\s?){1,3}`;
const INTRODUCED = new RegExp(
  String.raw`\b(?:with|including|includes?|containing|contains?|such as|like|of|are|for|buy|get|need|[\p{L}]{2,20}(?=:)):?\s((?:${ITEM},\s){0,20}${ITEM},?\s?\b(?:and|or)\s[\p{L}\p{N}'-]{1,30})`,
  'u',
);
const LISTED_KINDS = new Set(['other', 'answer', 'request', 'title']);
const INTRODUCED_CHARACTERS = 2000;

/** `with flour, eggs and milk`. */
function introduced(text: string): readonly string[] {
  const list = INTRODUCED.exec(text.slice(0, INTRODUCED_CHARACTERS))?.[1];
  return list === undefined ? [] : list.split(/,\s(?:and\s|or\s)?|\s(?:and|or)\s/).map((part) => part.trim());
}

function numbers(source: Source): readonly number[] {
  const spans = source.free(source.facts.numbers);
  const [first] = spans;
  if (first === undefined) return [];
  const lists = spans.map((span) => enumerated(source.facts.text, spans, span));
  const longest = lists.reduce((best, list) => (list.length > best.length ? list : best), [first]);
  for (const span of longest) source.use(span);
  return longest.map((span) => (span as { value?: number }).value ?? 0);
}

/** Values of the text for a list of texts, numbers or members; only those that fit the items' schema. */
export function listedValues(list: Property, items: Schema, source: Source): readonly unknown[] {
  const returned = source.returned.get(list.name);
  if (Array.isArray(returned)) return returned.filter((one) => fits(items, one));
  const item = itemOf(list, items);
  const { enum: members, type } = items;
  const kind: unknown = Array.isArray(type) ? type[0] : type;
  const found = Array.isArray(members)
    ? mentionedMembers(asList(members), item, source)
    : kind === 'number' || kind === 'integer'
      ? numbers(source)
      : kind === 'string'
        ? stringList(list, item, source)
        : [];
  return found.filter((one) => fits(items, one) && (typeof one !== 'string' || formatted(items['format'], one)));
}

function stringList(list: Property, item: Property, source: Source): readonly unknown[] {
  if (item.schema['format'] === undefined) {
    const parts = written(list, source);
    if (parts.length > 0) return parts;
  }
  const found = texts(item, source);
  return found.length > 0 || !LISTED_KINDS.has(item.kind) ? found : introduced(source.facts.text);
}

/** Whether objects of this schema have a name of their own. */
export function isNamed(items: Schema): boolean {
  const properties = isObject(items['properties']) ? items['properties'] : {};
  return Object.entries(properties)
    .map(([name, schema]) => propertyOf(name, isObject(schema) ? schema : {}))
    .some(
      ({ kind, words, schema }) =>
        schema['type'] === 'string' && (kind === 'title' || kind === 'person') && words.length <= 2,
    );
}

const SEPARATE = /[.;\n]|,|\band\b/;

/** Parts of the text, each from one name to the next, where several things are described one after another. */
export function partsByName(source: Source): readonly { readonly at: number; readonly end: number }[] {
  const { text, quoted, names } = source.facts;
  const spans = source
    .free(quoted.length > 1 ? quoted : names)
    .filter(({ at }) => !/^(?:in|at|from|near|on)$/.test(source.facts.before(at)));
  const starts = spans.filter((span, at) => at === 0 || SEPARATE.test(text.slice(spans[at - 1]?.end, span.at)));
  return starts.length < 2 ? [] : starts.map(({ at }, index) => ({ at, end: starts[index + 1]?.at ?? text.length }));
}
