import { arrayAt, objectAt, shown, stringAt } from './check.ts';
import type { RequestFacts } from './facts.ts';
import { conversationOf, keyOf } from './facts.ts';
import { jsonPathAt } from './json-path.ts';
import { jsonQuestion } from './json-question.ts';
import type { Captures } from './pattern.ts';
import type { TextQuestion } from './text-question.ts';
import { NAME_SCHEMA, nameQuestion, TEXT_SCHEMA, textQuestion } from './text-question.ts';
import { anyOf, flag, listOf, text, whole } from './shape.ts';
import type { JsonSchema, Shape } from './shape.ts';

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

export type ConditionShape = Shape<readonly Condition[]>;

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

const onName = (name: string, found: Reads): Shape<readonly Condition[]> => ({
  read: (value, field) => [onText(name, nameQuestion(value, field), found)],
  schema: NAME_SCHEMA,
});

const onPart = (name: string, found: Reads): Shape<readonly Condition[]> => ({
  read: (value, field) => [onText(name, textQuestion(value, field), found)],
  schema: TEXT_SCHEMA,
});

/** The value has to be the same. */
function onValue<T>(name: string, shape: Shape<T>, found: (facts: RequestFacts) => T | undefined): ConditionShape {
  return { read: (value, field) => [same(name, shape.read(value, field), found)], schema: shape.schema };
}

/** One line a field of a match, in the order in which they are asked: what is cheap comes first. */
export const CONDITIONS = {
  operation: onValue('operation', text, (facts) => facts.operation),
  stream: onValue('stream', flag, (facts) => facts.stream),
  model: onName('model', (facts) => facts.model),
  header: { read: headers, schema: { type: 'object', additionalProperties: NAME_SCHEMA } },
  key: onName('key', keyOf),
  turn: onValue('turn', whole(1), (facts) => conversationOf(facts).turn),
  tools: { read: tools, schema: anyOf(text.schema, listOf(text).schema) },
  toolResultOf: { read: toolResultOf, schema: text.schema },
  text: onPart('text', (facts) => facts.text()),
  system: onPart('system', (facts) => conversationOf(facts).system),
  toolResult: onPart('toolResult', lastResults),
  json: {
    read: json,
    schema: {
      type: 'object',
      description:
        'By JSONPath, what it has to lead to: a value; {contains} with a text; {regex, flags}; or {exists}, true or false.',
      additionalProperties: {},
    },
  },
} as const satisfies Readonly<Record<string, ConditionShape>>;

/** What a match may be. */
export const MATCH_SCHEMA: JsonSchema = {
  title: 'Match',
  type: 'object',
  additionalProperties: false,
  properties: Object.fromEntries(Object.entries(CONDITIONS).map(([name, { schema }]) => [name, schema])),
};
