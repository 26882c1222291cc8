import type { Fields } from '../check.ts';
import { InvalidInput, integerAt, isObject, numberAt, objectAt, optional, stringAt, stringsAt } from '../check.ts';

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
function count(fields: Fields, name: string): { readonly [key: string]: number } {
  const value = optional(fields[name], `fault.fault.${name}`, integerAt);
  return value === undefined ? {} : { [name]: value };
}

function errorAt(value: unknown, field: string): ErrorFields {
  const fields = objectAt(value, field, ['message', 'type', 'param', 'code']);
  for (const [name, text] of Object.entries(fields)) if (text !== null) stringAt(text, `${field}.${name}`);
  return fields;
}

function bodyAt(value: unknown, field: string): string | object {
  if (typeof value !== 'string' && !isObject(value)) throw new InvalidInput(field, 'a string or an object', value);
  return value;
}

function given<T>(name: string, value: T | undefined): { readonly [key: string]: T } {
  return value === undefined ? {} : { [name]: value };
}

interface KindReader<F extends CustomFault> {
  readonly fields: readonly string[];
  readonly read: (fields: Fields) => F;
}

function statusFault(fields: Fields): StatusFault {
  const status = integerAt(fields['status'], 'fault.fault.status', 400);
  if (status > 599) throw new InvalidInput('fault.fault.status', 'a status from 400 to 599', status);
  return {
    kind: 'status',
    status,
    ...given('body', optional(fields['body'], 'fault.fault.body', bodyAt)),
    ...given('headers', optional(fields['headers'], 'fault.fault.headers', stringsAt)),
  };
}

function cutFault(fields: Fields): CutFault {
  if (fields['afterEvents'] !== undefined && fields['atByte'] !== undefined) {
    throw new InvalidInput('fault.fault', 'afterEvents or atByte, not both', fields);
  }
  return { kind: 'cut', ...count(fields, 'afterEvents'), ...count(fields, 'atByte') };
}

/** One row a kind. */
const KINDS: { readonly [K in FaultKind]: KindReader<Extract<CustomFault, { kind: K }>> } = {
  status: { fields: ['status', 'body', 'headers'], read: statusFault },
  delay: { fields: ['ms'], read: (fields) => ({ kind: 'delay', ms: numberAt(fields['ms'], 'fault.fault.ms') }) },
  hang: { fields: ['afterEvents'], read: (fields) => ({ kind: 'hang', ...count(fields, 'afterEvents') }) },
  cut: { fields: ['afterEvents', 'atByte'], read: cutFault },
  'error-first': {
    fields: ['afterEvents', 'error'],
    read: (fields) => ({
      kind: 'error-first',
      ...count(fields, 'afterEvents'),
      ...given('error', optional(fields['error'], 'fault.fault.error', errorAt)),
    }),
  },
  empty: { fields: [], read: () => ({ kind: 'empty' }) },
  'content-type': {
    fields: ['contentType', 'body'],
    read: (fields) => ({
      kind: 'content-type',
      ...given('contentType', optional(fields['contentType'], 'fault.fault.contentType', stringAt)),
      ...given('body', optional(fields['body'], 'fault.fault.body', stringAt)),
    }),
  },
};

export const FAULT_KINDS = Object.keys(KINDS) as readonly FaultKind[];

/** `{ kind: 'cut', afterEvents: 2 }`. */
export function customFaultOf(fields: Fields, field: string): CustomFault {
  const kind = FAULT_KINDS.find((name) => name === fields['kind']);
  if (kind === undefined) {
    throw new InvalidInput(`${field}.kind`, `one of ${FAULT_KINDS.join(', ')}`, fields['kind']);
  }
  const reader = KINDS[kind];
  objectAt(fields, field, ['kind', ...reader.fields]);
  return reader.read(fields);
}
