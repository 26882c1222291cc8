import type { Fields } from '../check.ts';
import { InvalidInput, isObject } from '../check.ts';
import { anyOf, mapOf, neverBoth, number, object, orNull, record, status, text, whole, word } from '../shape.ts';
import type { JsonSchema, Shape } from '../shape.ts';

/** Fields of a provider's error object; what is left out is filled in as the provider would. */
export interface ErrorFields {
  readonly message?: string;
  readonly type?: string | null;
  readonly param?: string | null;
  readonly code?: string | null;
}

/** An HTTP status instead of an answer. */
export interface StatusFault {
  readonly kind: 'status';
  /** 400–599. */
  readonly status: number;
  /** Default: the provider's error object for the status. A string is sent as it is. */
  readonly body?: string | object;
  /** Added to the head, or replacing one of it, e.g. `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer, but its head comes late. */
export interface DelayFault {
  readonly kind: 'delay';
  readonly ms: number;
}

/** Silence with the connection held open: no head, or nothing more after `afterEvents` events. A JSON body counts as one event. */
export interface HangFault {
  readonly kind: 'hang';
  readonly afterEvents?: number;
}

/** The connection breaks off. `afterEvents: 0` (the default): before the head. `atByte: k`: after the head and k bytes of the body. */
export interface CutFault {
  readonly kind: 'cut';
  readonly afterEvents?: number;
  readonly atByte?: number;
}

/** A stream with status 200 whose first event (or the one after `afterEvents`) is an error event. A JSON request gets the error as status 500. */
export interface ErrorFirstFault {
  readonly kind: 'error-first';
  readonly afterEvents?: number;
  readonly error?: ErrorFields;
}

/** Status 200 with the right head and no body at all. */
export interface EmptyFault {
  readonly kind: 'empty';
}

/** Status 200 with a content type that was not asked for. */
export interface ContentTypeFault {
  readonly kind: 'content-type';
  /** Default `text/html; charset=utf-8`. */
  readonly contentType?: string;
  /** Default a small HTML page. */
  readonly body?: string;
}

/** Faults put together by hand; the catalogue has many more, by name. */
export type CustomFault =
  | StatusFault
  | DelayFault
  | HangFault
  | CutFault
  | ErrorFirstFault
  | EmptyFault
  | ContentTypeFault;
export type FaultKind = CustomFault['kind'];

const nullableText = orNull(text);
const error = record({ message: nullableText, type: nullableText, param: nullableText, code: nullableText });
const body: Shape<string | object> = {
  read: (value, field) => {
    if (typeof value === 'string' || isObject(value)) return value;
    throw new InvalidInput(field, 'a string or an object', value);
  },
  schema: anyOf(text.schema, object.schema),
};

/** One row a kind. */
const KINDS: Readonly<Record<FaultKind, Shape<object>>> = {
  status: record({ kind: word(['status']), status: status(400), body, headers: mapOf(text) }, ['kind', 'status']),
  delay: record({ kind: word(['delay']), ms: number() }, ['kind', 'ms']),
  hang: record({ kind: word(['hang']), afterEvents: whole() }, ['kind']),
  cut: record({ kind: word(['cut']), afterEvents: whole(), atByte: whole() }, ['kind']),
  'error-first': record({ kind: word(['error-first']), afterEvents: whole(), error }, ['kind']),
  empty: record({ kind: word(['empty']) }, ['kind']),
  'content-type': record({ kind: word(['content-type']), contentType: text, body: text }, ['kind']),
};

export const FAULT_KINDS = Object.keys(KINDS) as readonly FaultKind[];

/** Faults that are put together by hand. */
export const CUSTOM_FAULTS: readonly JsonSchema[] = Object.entries(KINDS).map(([kind, { schema }]) =>
  kind === 'cut' ? { ...schema, ...neverBoth([['afterEvents', 'atByte']]) } : schema,
);

/** `{ kind: 'cut', afterEvents: 2 }`. */
export function customFaultOf(fields: Fields, field: string): CustomFault {
  const kind = FAULT_KINDS.find((name) => name === fields['kind']);
  if (kind === undefined) {
    throw new InvalidInput(`${field}.kind`, `one of ${FAULT_KINDS.join(', ')}`, fields['kind']);
  }
  const fault = KINDS[kind].read(fields, field) as CustomFault;
  if (fault.kind === 'cut' && fault.afterEvents !== undefined && fault.atByte !== undefined) {
    throw new InvalidInput(field, 'afterEvents or atByte, not both', fields);
  }
  return fault;
}
