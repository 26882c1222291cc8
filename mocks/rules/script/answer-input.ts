import type { ScriptedAnswer } from '../../generation/script.ts';
import { ANSWER_FIELDS, ANSWER_MEMBERS, answerIn } from '../answer.ts';
import type { Fields } from '../check.ts';
import { InvalidInput, isObject, objectAt, optional } from '../check.ts';
import type { Fault } from '../fault.ts';
import { faultShape } from '../fault.ts';
import type { Pace } from '../pace.ts';
import { paceShape } from '../pace.ts';
import { anyOf, listOf, mapOf, neverBoth, orNull, record, status, text } from '../shape.ts';
import type { JsonSchema, Shape } from '../shape.ts';
import { template } from './template.ts';
import type { TemplateScope } from './template.ts';
import type { FixedReply, ScriptError, ScriptRequest } from './types.ts';

/** What a rule has decided about one request. */
export interface Directive {
  readonly scripted?: ScriptedAnswer | undefined;
  readonly error?: ScriptError | undefined;
  readonly reply?: FixedReply | undefined;
  readonly fault?: Fault | undefined;
  readonly pace?: Pace | undefined;
}

/** An answer that was read: asked for with every use. */
export type DirectiveMaker = (scope: TemplateScope, request: () => ScriptRequest) => Directive;

const errorShape = record(
  {
    status: status(400),
    message: text,
    type: text,
    code: orNull(text),
    param: orNull(text),
    headers: mapOf(text),
  },
  ['status'],
) as Shape<ScriptError>;

/** Whatever JSON can say. */
const anything: Shape<unknown> = {
  read: (value, field) => {
    if (value === undefined) throw new InvalidInput(field, 'the data of an event', value);
    return value;
  },
  schema: {},
};
const eventObject = record({ event: text, data: anything }, ['data']);
type ReplyEvent = NonNullable<FixedReply['events']>[number];
const event: Shape<ReplyEvent> = {
  read: (value, field) => (typeof value === 'string' ? value : (eventObject.read(value, field) as ReplyEvent)),
  schema: anyOf(text.schema, eventObject.schema),
};
const rawMembers = record({ status: status(200), headers: mapOf(text), body: anything, events: listOf(event) });

const rawShape: Shape<FixedReply> = {
  read: (value, field) => {
    const content = isObject(value) ? ANSWER_FIELDS.find((name) => value[name] !== undefined) : undefined;
    if (content !== undefined) {
      throw new InvalidInput(
        field,
        `status, headers, body or events; ${content} belongs into the answer itself`,
        value,
      );
    }
    const fixed = rawMembers.read(value, field);
    if (fixed.body !== undefined && fixed.events !== undefined) {
      throw new InvalidInput(`${field}.events`, 'no events beside a body', fixed.events);
    }
    return fixed;
  },
  schema: { ...rawMembers.schema, ...neverBoth([['body', 'events']]) },
};

const KINDS = ['error', 'raw', 'reply'] as const;
/** What an answer may have besides what is scripted in it. */
const MEMBERS = { error: errorShape, raw: rawShape, reply: rawShape, fault: faultShape, pace: paceShape };
const ALL_FIELDS = [...ANSWER_FIELDS, ...Object.keys(MEMBERS)];

/** An answer: a text, or an object that has one kind of answer at most. */
export const ANSWER_SCHEMA: JsonSchema = {
  title: 'Answer',
  ...anyOf(text.schema, {
    ...record({ ...ANSWER_MEMBERS, ...MEMBERS }).schema,
    minProperties: 1,
    ...neverBoth([
      ...KINDS.flatMap((kind, at) => KINDS.slice(at + 1).map((other) => [kind, other] as const)),
      ...ANSWER_FIELDS.flatMap((name) => KINDS.map((kind) => [name, kind] as const)),
    ]),
  }),
};

function directiveAt(fields: Fields, field: string): Directive {
  const scripted = answerIn(fields, field);
  const kinds = [
    ...(scripted ? [Object.keys(scripted)[0]] : []),
    ...KINDS.filter((kind) => fields[kind] !== undefined),
  ];
  if (kinds.length > 1) throw new InvalidInput(field, `either ${kinds.join(' or ')}`, Object.keys(fields));
  const directive = {
    scripted,
    error: optional(fields['error'], `${field}.error`, MEMBERS.error.read),
    reply:
      optional(fields['raw'], `${field}.raw`, rawShape.read) ??
      optional(fields['reply'], `${field}.reply`, rawShape.read),
    fault: optional(fields['fault'], `${field}.fault`, MEMBERS.fault.read),
    pace: optional(fields['pace'], `${field}.pace`, MEMBERS.pace.read),
  };
  if (Object.keys(fields).length > 0) return directive;
  throw new InvalidInput(field, `at least one of ${ALL_FIELDS.join(', ')}`, fields);
}

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function fromFunction(make: (request: ScriptRequest) => unknown, field: string): DirectiveMaker {
  return (_scope, request) => {
    const made = make(request());
    if (typeof made === 'string') return { scripted: { text: made } };
    try {
      if (made instanceof Promise) throw new InvalidInput(field, 'an answer at once', 'a promise');
      return directiveAt(objectAt(made, field, ALL_FIELDS), field);
    } catch (error) {
      // The request is not to blame: it must not pass for one that was wrong.
      throw new Error(`the function gave an answer that cannot be used: ${words(error)}`, { cause: error });
    }
  };
}

/** Reads an answer whose texts are no templates; throws {@link InvalidInput}. */
export function literalAt(value: unknown, field: string): Directive {
  return typeof value === 'string'
    ? { scripted: { text: value } }
    : directiveAt(objectAt(value, field, ALL_FIELDS), field);
}

/** Reads one answer; throws {@link InvalidInput}. What functions return is taken literally. */
export function tellerAt(value: unknown, field: string): DirectiveMaker {
  if (typeof value === 'function') return fromFunction(value as (request: ScriptRequest) => unknown, field);
  if (typeof value !== 'string' && !isObject(value))
    throw new InvalidInput(field, 'a text, an answer or a function', value);
  const fields = typeof value === 'string' ? { text: value } : objectAt(value, field, ALL_FIELDS);
  const directive = directiveAt(fields, field);
  const fills = [
    ['scripted', template(directive.scripted, field)],
    ['error', template(directive.error, `${field}.error`)],
    ['reply', template(directive.reply, `${field}.reply`)],
  ] as const;
  const live = fills.filter(([, fill]) => fill !== undefined);
  if (live.length === 0) return () => directive;
  return (scope) => ({ ...directive, ...Object.fromEntries(live.map(([name, fill]) => [name, fill?.(scope)])) });
}
