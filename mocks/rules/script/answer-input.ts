import type { ScriptedAnswer } from '../../generation/script.ts';
import { ANSWER_FIELDS, answerIn } from '../answer.ts';
import type { Fields } from '../check.ts';
import { InvalidInput, integerAt, isObject, objectAt, optional, stringAt, stringsAt } from '../check.ts';
import type { Fault } from '../fault.ts';
import { faultAt } from '../fault.ts';
import type { Pace } from '../pace.ts';
import { parsePace } from '../pace.ts';
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

function statusAt(value: unknown, field: string, least: number): number {
  const status = integerAt(value, field, least);
  if (status > 599) throw new InvalidInput(field, `a status from ${least} to 599`, value);
  return status;
}

const nullable = (value: unknown, field: string): string | null => (value === null ? null : stringAt(value, field));

function errorAt(value: unknown, field: string): ScriptError {
  const fields = objectAt(value, field, ['status', 'message', 'type', 'code', 'param', 'headers']);
  const texts = (['message', 'type'] as const).filter((name) => fields[name] !== undefined);
  const nullables = (['code', 'param'] as const).filter((name) => fields[name] !== undefined);
  return {
    status: statusAt(fields['status'], `${field}.status`, 400),
    ...Object.fromEntries(texts.map((name) => [name, stringAt(fields[name], `${field}.${name}`)])),
    ...Object.fromEntries(nullables.map((name) => [name, nullable(fields[name], `${field}.${name}`)])),
    ...(fields['headers'] !== undefined && { headers: stringsAt(fields['headers'], `${field}.headers`) }),
  };
}

type ReplyEvents = NonNullable<FixedReply['events']>;

function eventsAt(value: unknown, field: string): ReplyEvents {
  if (!Array.isArray(value)) throw new InvalidInput(field, 'an array', value);
  return value.map((event: unknown, at): ReplyEvents[number] => {
    if (typeof event === 'string') return event;
    const { event: type, data } = objectAt(event, `${field}[${at}]`, ['event', 'data']);
    if (data === undefined) throw new InvalidInput(`${field}[${at}].data`, 'the data of an event', data);
    return { ...(type !== undefined && { event: stringAt(type, `${field}[${at}].event`) }), data };
  });
}

function rawAt(value: unknown, field: string): FixedReply {
  const content = isObject(value) ? ANSWER_FIELDS.find((name) => value[name] !== undefined) : undefined;
  if (content !== undefined) {
    throw new InvalidInput(field, `status, headers, body or events; ${content} belongs into the answer itself`, value);
  }
  const fields = objectAt(value, field, ['status', 'headers', 'body', 'events']);
  const { status, headers, body, events } = fields;
  if (body !== undefined && events !== undefined)
    throw new InvalidInput(`${field}.events`, 'no events beside a body', events);
  return {
    ...(status !== undefined && { status: statusAt(status, `${field}.status`, 200) }),
    ...(headers !== undefined && { headers: stringsAt(headers, `${field}.headers`) }),
    ...(body !== undefined && { body }),
    ...(events !== undefined && { events: eventsAt(events, `${field}.events`) }),
  };
}

const KINDS = ['error', 'raw', 'reply'] as const;
const ALL_FIELDS = [...ANSWER_FIELDS, ...KINDS, 'fault', 'pace'];

function directiveAt(fields: Fields, field: string): Directive {
  const scripted = answerIn(fields, field);
  const kinds = [
    ...(scripted ? [Object.keys(scripted)[0]] : []),
    ...KINDS.filter((kind) => fields[kind] !== undefined),
  ];
  if (kinds.length > 1) throw new InvalidInput(field, `either ${kinds.join(' or ')}`, Object.keys(fields));
  const directive = {
    scripted,
    error: optional(fields['error'], `${field}.error`, errorAt),
    reply: optional(fields['raw'], `${field}.raw`, rawAt) ?? optional(fields['reply'], `${field}.reply`, rawAt),
    fault: optional(fields['fault'], `${field}.fault`, faultAt),
    pace: optional(fields['pace'], `${field}.pace`, parsePace),
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
