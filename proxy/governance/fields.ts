import { isJsonObject } from '../core/json.ts';
import { invalid } from './fault.ts';

/** A member that may be absent (undefined: unchanged) or null (cleared). */
export type Field<T> = T | null | undefined;
export type Body = Readonly<Record<string, unknown>>;

const MAX_NAME = 255;
const MAX_TEXT = 10_000;
const MAX_ENTRIES = 10_000;

/** `value` as an object; throws with `name` in the sentence. */
export function objectOf(value: unknown, name: string): Body {
  if (!isJsonObject(value)) throw invalid(`${name} must be an object.`);
  return value;
}

/** Only what the body itself has: a name like `constructor` is absent, not inherited. */
export function memberOf(body: Body, name: string): unknown {
  return Object.hasOwn(body, name) ? body[name] : undefined;
}

interface TextRule {
  readonly max?: number;
  readonly mayBeEmpty?: boolean;
}

export function textField(body: Body, name: string, rule: TextRule = {}): Field<string> {
  const value = memberOf(body, name);
  return value === undefined || value === null ? value : textOf(value, name, rule);
}

function textOf(value: unknown, name: string, { max = MAX_TEXT, mayBeEmpty = false }: TextRule): string {
  if (typeof value !== 'string') throw invalid(`${name} must be a string.`);
  if (!mayBeEmpty && value.trim() === '') throw invalid(`${name} must not be empty.`);
  if (value.length > max && Array.from(value).length > max)
    throw invalid(`${name} must have at most ${max} characters.`);
  // A database refuses the first and would change the second.
  if (value.includes('\0') || !value.isWellFormed()) throw invalid(`${name} has characters that are not text.`);
  return value;
}

/** A name: required where something is created, never null, at most 255 characters. */
export function nameField(body: Body, isNew: boolean): string | undefined {
  const value = textField(body, 'name', { max: MAX_NAME });
  if (value === null || (value === undefined && isNew)) throw invalid('name is required.');
  return value;
}

export function shortTextField(body: Body, name: string): Field<string> {
  return textField(body, name, { max: MAX_NAME });
}

export function booleanField(body: Body, name: string): boolean | undefined {
  const value = memberOf(body, name);
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalid(`${name} must be true or false.`);
}

/** A bigint stands for an integer that a double cannot hold. */
export function numberField(body: Body, name: string): Field<number | bigint> {
  const value = memberOf(body, name);
  if (value === undefined || value === null || typeof value === 'number' || typeof value === 'bigint') return value;
  throw invalid(`${name} must be a number.`);
}

export function listField(body: Body, name: string): Field<readonly string[]> {
  const value = memberOf(body, name);
  if (value === undefined || value === null) return value;
  if (!Array.isArray(value)) throw invalid(`${name} must be an array of strings, or null.`);
  if (value.length > MAX_ENTRIES) throw invalid(`${name} must have at most ${MAX_ENTRIES} entries.`);
  return value.map((entry) => textOf(entry, `Every entry of ${name}`, { max: MAX_NAME }));
}

/** An object that maps names to what `read` makes of the members; the entries in their order. */
export function mapField<T>(
  body: Body,
  name: string,
  read: (value: unknown, name: string) => T,
): Field<readonly (readonly [string, T])[]> {
  const value = memberOf(body, name);
  if (value === undefined || value === null) return value;
  const entries = Object.entries(objectOf(value, name));
  if (entries.length > MAX_ENTRIES) throw invalid(`${name} must have at most ${MAX_ENTRIES} entries.`);
  return entries.map(([key, member]) => [
    textOf(key, `Every name of ${name}`, { max: MAX_NAME }),
    read(member, `${name} of one name`),
  ]);
}

export function shortTextOf(value: unknown, name: string): string {
  return textOf(value, name, { max: MAX_NAME });
}

export function choiceField(body: Body, name: string, choices: readonly string[]): Field<string> {
  const value = textField(body, name);
  if (typeof value === 'string' && !choices.includes(value)) {
    throw invalid(`${name} must be one of ${choices.join(', ')}.`);
  }
  return value;
}

const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

/** An RFC 3339 time with a zone, as it was written. */
export function instantField(body: Body, name: string): Field<string> {
  const value = textField(body, name);
  if (value === undefined || value === null) return value;
  const [, year, month, day] = INSTANT.exec(value) ?? [];
  // The day must be one of its month: Date would move the 30th of February into March.
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const isReal = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  if (year === undefined || !isReal || !Number.isFinite(instantOf(value))) {
    throw invalid(`${name} must be an RFC 3339 time with a zone, such as 2030-01-31T12:00:00Z.`);
  }
  return value;
}

/** Milliseconds since the epoch of a time that `instantField` has accepted. */
export function instantOf(text: string): number {
  return Date.parse(text.toUpperCase());
}

export function zoneField(body: Body, name: string): Field<string> {
  const value = textField(body, name, { max: MAX_NAME });
  if (typeof value === 'string' && !isZone(value)) {
    throw invalid(`${name} must be the name of a time zone, such as Europe/Berlin.`);
  }
  return value;
}

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
