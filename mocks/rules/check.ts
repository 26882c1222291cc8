import { nearestWord } from './nearest.ts';

/** Control input that cannot be used. The message names the field, what was expected and what came. */
export class InvalidInput extends Error {
  readonly field: string;

  constructor(field: string, expected: string, found: unknown, meant?: string) {
    const hint = meant === undefined ? '' : `; did you mean "${meant}"?`;
    super(`${field}: expected ${expected}, found ${shown(found)}${hint}`);
    this.name = 'InvalidInput';
    this.field = field;
  }
}

/** A field that there is not: the fault lies in its name, not in its value. */
export class UnknownField extends InvalidInput {}

const SHOWN_CHARACTERS = 80;

/** A value as sentences show it: JSON, shortened. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

export type Fields = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object that has no other fields than `known`: a misspelt field must not silently match everything. */
export function objectAt(value: unknown, field: string, known?: readonly string[]): Fields {
  if (!isObject(value)) throw new InvalidInput(field, 'an object', value);
  const stranger = known && Object.keys(value).find((name) => !known.includes(name));
  if (stranger !== undefined) {
    const meant = nearestWord(stranger, known ?? []);
    throw new UnknownField(`${field}.${stranger}`, `one of the fields ${known?.join(', ')}`, stranger, meant);
  }
  return value;
}

export function stringAt(value: unknown, field: string): string {
  if (typeof value !== 'string') throw new InvalidInput(field, 'a string', value);
  return value;
}

export function booleanAt(value: unknown, field: string): boolean {
  if (typeof value !== 'boolean') throw new InvalidInput(field, 'true or false', value);
  return value;
}

export function numberAt(value: unknown, field: string, least = 0): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < least) {
    throw new InvalidInput(field, `a number of at least ${least}`, value);
  }
  return value;
}

export function integerAt(value: unknown, field: string, least = 0): number {
  if (!Number.isInteger(value) || (value as number) < least) {
    throw new InvalidInput(field, `a whole number of at least ${least}`, value);
  }
  return value as number;
}

export function arrayAt<T>(value: unknown, field: string, item: (value: unknown, field: string) => T): readonly T[] {
  if (!Array.isArray(value)) throw new InvalidInput(field, 'an array', value);
  return value.map((element, index) => item(element, `${field}[${index}]`));
}

export function stringsAt(value: unknown, field: string): Readonly<Record<string, string>> {
  const fields = objectAt(value, field);
  return Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, stringAt(text, `${field}.${name}`)]));
}

/** One of the known words. */
export function wordAt<T extends string>(value: unknown, field: string, known: readonly T[]): T {
  const found = known.find((word) => word === value);
  if (found !== undefined) return found;
  const meant = typeof value === 'string' ? nearestWord(value, known) : undefined;
  throw new InvalidInput(field, `one of ${known.join(', ')}`, value, meant);
}

/** `undefined` stays `undefined`; anything else must pass `read`. */
export function optional<T>(value: unknown, field: string, read: (value: unknown, field: string) => T): T | undefined {
  return value === undefined ? undefined : read(value, field);
}
