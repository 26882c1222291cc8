import { arrayAt, booleanAt, integerAt, objectAt, shown, stringAt } from './check.ts';
import type { RequestFacts } from './facts.ts';
import { conversationOf, keyOf } from './facts.ts';
import { jsonPathAt } from './json-path.ts';
import { jsonQuestion } from './json-question.ts';
import type { Captures } from './pattern.ts';
import type { TextQuestion } from './text-question.ts';
import { nameQuestion, textQuestion } from './text-question.ts';

/** One condition of a match: asked for every request, and able to say why it does not fit. */
export interface Condition {
  /** Such as `text` or `header.x-team`. */
  readonly name: string;
  /** Completes "expected …". */
  readonly expected: string;
  fits(facts: RequestFacts): boolean;
  /** What the request has in its place. */
  found(facts: RequestFacts): unknown;
  readonly captures?: ((facts: RequestFacts) => Captures | undefined) | undefined;
}

export type ConditionReader = (value: unknown, field: string) => readonly Condition[];

type Reads = (facts: RequestFacts) => string | undefined;

function onText(name: string, question: TextQuestion, found: Reads): Condition {
  const { expected, captures } = question;
  return {
    name,
    expected,
    fits(facts) {
      const text = found(facts);
      return text !== undefined && question.fits(text);
    },
    found,
    captures: captures && ((facts) => captures(found(facts) ?? '')),
  };
}

function same<T>(name: string, wanted: T, found: (facts: RequestFacts) => T | undefined): Condition {
  return { name, expected: shown(wanted), fits: (facts) => found(facts) === wanted, found };
}

function lastResults(facts: RequestFacts): string | undefined {
  const { toolResults } = conversationOf(facts);
  return toolResults.length === 0 ? undefined : toolResults.map(({ text }) => text).join('\n');
}

function toolResultOf(value: unknown, field: string): readonly Condition[] {
  const wanted = stringAt(value, field);
  const found = (facts: RequestFacts): unknown => conversationOf(facts).toolResults.map(({ tool }) => tool);
  const fits = (facts: RequestFacts): boolean => conversationOf(facts).toolResults.some(({ tool }) => tool === wanted);
  return [{ name: 'toolResultOf', expected: `a result of ${shown(wanted)}`, fits, found }];
}

function tools(value: unknown, field: string): readonly Condition[] {
  const wanted = arrayAt(typeof value === 'string' ? [value] : value, field, stringAt);
  const found = (facts: RequestFacts): readonly string[] => conversationOf(facts).tools;
  const fits = (facts: RequestFacts): boolean => wanted.every((tool) => found(facts).includes(tool));
  return [{ name: 'tools', expected: `the tools ${shown(wanted)}`, fits, found }];
}

function headers(value: unknown, field: string): readonly Condition[] {
  return Object.entries(objectAt(value, field)).map(([name, wanted]) => {
    const lowercase = name.toLowerCase();
    const question = nameQuestion(wanted, `${field}.${name}`);
    return onText(`header.${lowercase}`, question, (facts) => facts.headers[lowercase]);
  });
}

function json(value: unknown, field: string): readonly Condition[] {
  return Object.entries(objectAt(value, field)).map(([source, wanted]) => {
    const path = jsonPathAt(source, `${field}.${source}`);
    const question = jsonQuestion(wanted, `${field}.${source}`);
    const values = (facts: RequestFacts): readonly unknown[] => path.find(facts.body);
    const fits = (facts: RequestFacts): boolean => question.fits(values(facts));
    const found = (facts: RequestFacts): unknown => {
      const all = values(facts);
      return all.length > 1 ? all : all[0];
    };
    return { name: `json.${source}`, expected: question.expected, fits, found };
  });
}

/** One line a field of a match, in the order in which they are asked: what is cheap comes first. */
export const CONDITIONS = {
  operation: (value, field) => [same('operation', stringAt(value, field), (facts) => facts.operation)],
  stream: (value, field) => [same('stream', booleanAt(value, field), (facts) => facts.stream)],
  model: (value, field) => [onText('model', nameQuestion(value, field), (facts) => facts.model)],
  header: headers,
  key: (value, field) => [onText('key', nameQuestion(value, field), keyOf)],
  turn: (value, field) => [same('turn', integerAt(value, field, 1), (facts) => conversationOf(facts).turn)],
  tools,
  toolResultOf,
  text: (value, field) => [onText('text', textQuestion(value, field), (facts) => facts.text())],
  system: (value, field) => [onText('system', textQuestion(value, field), (facts) => conversationOf(facts).system)],
  toolResult: (value, field) => [onText('toolResult', textQuestion(value, field), lastResults)],
  json,
} as const satisfies Readonly<Record<string, ConditionReader>>;
