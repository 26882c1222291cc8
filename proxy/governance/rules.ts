import type { JsonObject } from '../core/json.ts';
import { parsePeriod, PERIOD_PATTERN } from '../core/period.ts';
import { centsOf, limitView, MAX_AMOUNT, wholeOf, countView, type BudgetUnit } from './amounts.ts';
import { invalid } from './fault.ts';
import { instantOf, memberOf, objectOf, type Body, type Field } from './fields.ts';

/*
 * One rule for each kind of value: what reads it and, beside it, the same in JSON Schema. `GET /openapi.json` shows the schemas;
 * a test sends what they allow and what they forbid.
 */

/** What a value may be. */
export interface Rule<T> {
  /** Throws GovernanceFault 400 with a sentence that begins with `name`. */
  readonly read: (value: unknown, name: string) => T;
  /** JSON Schema of what `read` takes, where something is created (`isNew`) or changed. */
  readonly schema: (isNew: boolean) => JsonObject;
}

/** A member of a body. */
export interface Member<T = unknown> {
  readonly rule: Rule<T>;
  readonly description: string;
  /** Null clears it. */
  readonly nullable: boolean;
  /** What is created has to bring it. */
  readonly required: boolean;
}

export type Members = Readonly<Record<string, Member>>;
export type Values<M extends Members> = {
  readonly [N in keyof M]?: M[N] extends Member<infer T> ? Field<T> : never;
};

export function required<T>(rule: Rule<T>, description: string): Member<T> {
  return { rule, description, nullable: false, required: true };
}

/** May be left out, and cleared by null. */
export function clearable<T>(rule: Rule<T>, description: string): Member<T> {
  return { rule, description, nullable: true, required: false };
}

/** May be left out, and is never null. */
export function optional<T>(rule: Rule<T>, description: string): Member<T> {
  return { rule, description, nullable: false, required: false };
}

/** Reads the members that `members` names, and no others. `place` stands before their names in sentences. */
export function readMembers<M extends Members>(body: Body, members: M, isNew: boolean, place = ''): Values<M> {
  const entries = Object.entries(members).flatMap(([name, member]): [string, unknown][] => {
    const value = memberOf(body, name);
    const isMissing = value === null ? !member.nullable : value === undefined && isNew;
    if (member.required && isMissing) throw invalid(`${place}${name} is required.`);
    if (value === undefined) return [];
    return [[name, value === null && member.nullable ? null : member.rule.read(value, `${place}${name}`)]];
  });
  return Object.fromEntries(entries) as Values<M>;
}

/** JSON Schema of an object with these members; other members are ignored. */
export function membersSchema(members: Members, isNew: boolean): JsonObject {
  const names = isNew ? Object.keys(members).filter((name) => members[name]?.required === true) : [];
  return {
    type: 'object',
    ...(names.length === 0 ? {} : { required: names }),
    properties: Object.fromEntries(Object.entries(members).map(([name, one]) => [name, memberSchema(one, isNew)])),
  };
}

function memberSchema({ rule, description, nullable }: Member, isNew: boolean): JsonObject {
  const { description: more, ...schema } = rule.schema(isNew);
  const whole = typeof more === 'string' ? `${description} ${more}` : description;
  return { description: whole, ...(nullable ? orNull(schema) : schema) };
}

/** A schema that takes null too. */
export function orNull(schema: JsonObject): JsonObject {
  const isPlain = typeof schema['type'] === 'string' && !('enum' in schema) && !('title' in schema);
  return isPlain ? { ...schema, type: [schema['type'] ?? null, 'null'] } : { anyOf: [schema, { type: 'null' }] };
}

/** Schema of an object in which this member stands and is not null. */
export function given(name: string): JsonObject {
  return { required: [name], properties: { [name]: { not: { type: 'null' } } } };
}

const MAX_NAME = 255;
const MAX_TEXT = 10_000;
const MAX_ENTRIES = 10_000;
const MAX_CONCURRENCY = 1_000_000;

interface TextBounds {
  /** Code points. */
  readonly max: number;
  readonly mayBeEmpty?: boolean;
}

/** Neither NUL, which a database refuses, nor half a surrogate pair, which it would change; and not blank. */
const TEXT_PATTERN = String.raw`^[^\u0000\ud800-\udfff]*$`;
const NOT_BLANK_PATTERN = String.raw`^(?=[\s\S]*\S)[^\u0000\ud800-\udfff]*$`;

function text({ max, mayBeEmpty = false }: TextBounds): Rule<string> {
  return {
    schema: () => ({ type: 'string', maxLength: max, pattern: mayBeEmpty ? TEXT_PATTERN : NOT_BLANK_PATTERN }),
    read: (value, name) => {
      if (typeof value !== 'string') throw invalid(`${name} must be a string.`);
      if (!mayBeEmpty && value.trim() === '') throw invalid(`${name} must not be empty.`);
      if (value.length > max && Array.from(value).length > max)
        throw invalid(`${name} must have at most ${max} characters.`);
      if (value.includes('\0') || !value.isWellFormed()) throw invalid(`${name} has characters that are not text.`);
      return value;
    },
  };
}

/** A name: at most 255 characters, and not blank. */
export const shortText = text({ max: MAX_NAME });
export const longText = text({ max: MAX_TEXT, mayBeEmpty: true });

/** A text that `check` takes; `schema` says more of it than that it is one. */
function checkedText(schema: JsonObject, expected: string, check: (text: string) => boolean): Rule<string> {
  return {
    schema: () => schema,
    read: (value, name) => {
      const given = longText.read(value, name);
      if (!check(given)) throw invalid(`${name} must be ${expected}.`);
      return given;
    },
  };
}

export const truth: Rule<boolean> = {
  schema: () => ({ type: 'boolean' }),
  read: (value, name) => {
    if (typeof value !== 'boolean') throw invalid(`${name} must be true or false.`);
    return value;
  },
};

export function choice(choices: readonly string[]): Rule<string> {
  const check = (given: string): boolean => choices.includes(given);
  return checkedText({ type: 'string', enum: [...choices] }, `one of ${choices.join(', ')}`, check);
}

/** A name of the configuration, which the schema does not give away. */
export function nameAmong(names: readonly string[], format: string, expected: string): Rule<string> {
  return checkedText({ ...shortText.schema(true), format }, expected, (given) => names.includes(given));
}

const INSTANT_PATTERN = String.raw`^\d{4}-\d{2}-\d{2}[Tt](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:[Zz]|[+\-](?:[01]\d|2[0-3]):[0-5]\d)$`;
const INSTANT = new RegExp(INSTANT_PATTERN);

/** An RFC 3339 time with a zone, kept as it was written. */
export const instant = checkedText(
  { type: 'string', format: 'date-time', pattern: INSTANT_PATTERN },
  'an RFC 3339 time with a zone, such as 2030-01-31T12:00:00Z',
  (given) => INSTANT.test(given) && isRealDay(given) && Number.isFinite(instantOf(given)),
);

/** The day must be one of its month: Date would move the 30th of February into March. */
function isRealDay(given: string): boolean {
  const [year, month, day] = given.slice(0, 10).split('-').map(Number) as [number, number, number];
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

export const zone = checkedText(
  { ...shortText.schema(true), format: 'time-zone' },
  'the name of a time zone, such as Europe/Berlin',
  (given) => given.length <= MAX_NAME && isZone(given),
);

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** The length of a window. */
export const period = checkedText(
  { type: 'string', maxLength: 100, pattern: PERIOD_PATTERN, format: 'period' },
  'a duration greater than zero, such as 30s, 1h30m, 1d or 1M (a month)',
  (given) => parsePeriod(given) !== undefined,
);

/** A whole number of up to 63 bits, at least 1. A bigint stands for an integer that a double cannot hold. */
export const count: Rule<bigint> = {
  schema: () => ({ type: 'integer', minimum: 1, maximum: countView(MAX_AMOUNT) }),
  read: (value, name) => {
    const number = numberOf(value, name);
    // JavaScript clients cannot write 2^63 - 1: their next number is 2^63.
    const whole = Number(number) === 2 ** 63 ? MAX_AMOUNT : wholeOf(number);
    if (whole === undefined || whole <= 0n || whole > MAX_AMOUNT) {
      throw invalid(`${name} must be a whole number greater than zero.`);
    }
    return whole;
  },
};

export const concurrency: Rule<number> = {
  schema: () => ({ type: 'integer', minimum: 1, maximum: MAX_CONCURRENCY }),
  read: (value, name) => {
    const number = Number(numberOf(value, name));
    if (!Number.isInteger(number) || number < 1 || number > MAX_CONCURRENCY) {
      throw invalid(`${name} must be a whole number from 1 to ${MAX_CONCURRENCY}.`);
    }
    return number;
  },
};

/** Money, in the unit of the configuration; read as whole cents. */
export function money(unit: BudgetUnit): Rule<bigint> {
  const [type, allowed] =
    unit === 'cents'
      ? [{ type: 'integer' }, 'a whole number of cents']
      : [{ type: 'number', multipleOf: 0.01 }, 'an amount of USD with at most two decimals'];
  return {
    schema: () => ({ ...type, minimum: 0, maximum: limitView(MAX_AMOUNT, unit), description: `In ${unit}.` }),
    read: (value, name) => {
      const cents = centsOf(numberOf(value, name), unit);
      if (cents !== undefined) return cents;
      throw invalid(`${name} must be ${allowed}, not negative, and at most 2^63 - 1 cents.`);
    },
  };
}

function numberOf(value: unknown, name: string): number | bigint {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  throw invalid(`${name} must be a number.`);
}

export const names: Rule<readonly string[]> = {
  schema: (isNew) => ({ type: 'array', maxItems: MAX_ENTRIES, items: shortText.schema(isNew) }),
  read: (value, name) => {
    if (!Array.isArray(value)) throw invalid(`${name} must be an array of strings, or null.`);
    if (value.length > MAX_ENTRIES) throw invalid(`${name} must have at most ${MAX_ENTRIES} entries.`);
    return value.map((entry) => shortText.read(entry, `Every entry of ${name}`));
  },
};

/** An object that maps names to values of `rule`; the entries in their order, so that `__proto__` is a name like any other. */
export function mapOf<T>(rule: Rule<T>): Rule<readonly (readonly [string, T])[]> {
  return {
    schema: (isNew) => ({
      type: 'object',
      maxProperties: MAX_ENTRIES,
      propertyNames: { maxLength: MAX_NAME, pattern: NOT_BLANK_PATTERN },
      additionalProperties: rule.schema(isNew),
    }),
    read: (value, name) => {
      const entries = Object.entries(objectOf(value, name));
      if (entries.length > MAX_ENTRIES) throw invalid(`${name} must have at most ${MAX_ENTRIES} entries.`);
      return entries.map(([key, member]) => [
        shortText.read(key, `Every name of ${name}`),
        rule.read(member, `Every value of ${name}`),
      ]);
    },
  };
}
