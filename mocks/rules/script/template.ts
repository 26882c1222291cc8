import { InvalidInput, isObject } from '../check.ts';
import type { RequestFacts } from '../facts.ts';
import { conversationOf, keyOf } from '../facts.ts';
import { jsonPathAt } from '../json-path.ts';
import { nearestWord } from '../nearest.ts';
import type { Captures } from '../pattern.ts';

/** What placeholders stand for. */
export interface TemplateScope {
  readonly facts: RequestFacts;
  readonly captures: Captures;
  readonly tenant: string;
  /** Uses of the rule, this one included. */
  readonly count: number;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The state of a scenario. */
  state(scenario: string): string;
  /** Adds one to a counter and tells its value. */
  counter(name: string): number;
}

type Value = (scope: TemplateScope) => string;

const plain = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

const WORDS: Readonly<Record<string, Value>> = {
  text: ({ facts }) => facts.text(),
  system: ({ facts }) => conversationOf(facts).system,
  model: ({ facts }) => facts.model ?? '',
  operation: ({ facts }) => facts.operation ?? '',
  key: ({ facts }) => keyOf(facts) ?? '',
  tenant: ({ tenant }) => tenant,
  turn: ({ facts }) => String(conversationOf(facts).turn),
  tools: ({ facts }) => conversationOf(facts).tools.join(', '),
  toolResult: ({ facts }) =>
    conversationOf(facts)
      .toolResults.map(({ text }) => text)
      .join('\n'),
  count: ({ count }) => String(count),
  now: ({ now }) => new Date(now).toISOString(),
  unix: ({ now }) => String(Math.floor(now / 1000)),
};

/** Placeholders with a name behind a dot. */
const FAMILIES: Readonly<Record<string, (name: string) => Value>> = {
  header: (name) => {
    const lowercase = name.toLowerCase();
    return ({ facts }) => facts.headers[lowercase] ?? '';
  },
  capture: (name) => {
    const at = Number(name);
    return Number.isInteger(at)
      ? ({ captures }) => captures.groups[at] ?? ''
      : ({ captures }) => captures.named[name] ?? '';
  },
  counter: (name) => (scope) => String(scope.counter(name)),
  state: (name) => (scope) => scope.state(name),
};

const FORMS = [...Object.keys(WORDS), ...Object.keys(FAMILIES).map((family) => `${family}.NAME`), '$.JSON.PATH'];

function valueOf(placeholder: string, field: string): Value {
  if (placeholder.startsWith('$')) {
    const path = jsonPathAt(placeholder, field);
    return ({ facts }) => plain(path.find(facts.body)[0] ?? '');
  }
  const word = Object.hasOwn(WORDS, placeholder) ? WORDS[placeholder] : undefined;
  if (word !== undefined) return word;
  const dot = placeholder.indexOf('.');
  const family = placeholder.slice(0, Math.max(0, dot));
  const made = Object.hasOwn(FAMILIES, family) ? FAMILIES[family] : undefined;
  if (made !== undefined && dot + 1 < placeholder.length) return made(placeholder.slice(dot + 1));
  const meant = nearestWord(placeholder, Object.keys(WORDS));
  throw new InvalidInput(field, `one of the placeholders ${FORMS.join(', ')}`, `{{${placeholder}}}`, meant);
}

/** `{{name}}`; `\{{` is two braces and nothing else. */
const PLACEHOLDER = /\\\{\{|\{\{\s*([^{}]*?)\s*\}\}/g;

/** A text with its placeholders read; `undefined` when it has none. Throws {@link InvalidInput} for one that does not exist. */
function textTemplate(text: string, field: string): Value | undefined {
  if (!text.includes('{{')) return undefined;
  const parts: (string | Value)[] = [];
  let end = 0;
  for (const found of text.matchAll(PLACEHOLDER)) {
    parts.push(text.slice(end, found.index), found[1] === undefined ? '{{' : valueOf(found[1], field));
    end = found.index + found[0].length;
  }
  parts.push(text.slice(end));
  return (scope) => parts.map((part) => (typeof part === 'string' ? part : part(scope))).join('');
}

export type Filled = (scope: TemplateScope) => unknown;

function named(value: Readonly<Record<string, unknown>>, field: string): Filled | undefined {
  const entries = Object.entries(value).map(
    ([name, inner]) => [name, inner, template(inner, `${field}.${name}`)] as const,
  );
  if (entries.every(([, , fill]) => fill === undefined)) return undefined;
  return (scope) => Object.fromEntries(entries.map(([name, inner, fill]) => [name, fill ? fill(scope) : inner]));
}

/** Any value whose texts, however deep, are templates; `undefined` when none of them has a placeholder: then it is what it is. */
export function template(value: unknown, field: string): Filled | undefined {
  if (typeof value === 'string') return textTemplate(value, field);
  if (Array.isArray(value)) {
    const items = value.map((inner: unknown, at) => ({ inner, fill: template(inner, `${field}[${at}]`) }));
    if (items.every(({ fill }) => fill === undefined)) return undefined;
    return (scope) => items.map(({ inner, fill }) => (fill ? fill(scope) : inner));
  }
  return isObject(value) ? named(value, field) : undefined;
}
