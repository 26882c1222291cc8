import { DetailFault, type DetailIssue, unprocessable } from '../core/detail-fault.ts';

/** What a rule makes of a value: the value that counts, or the type and sentence of an issue. */
export type Verdict<T> = { readonly value: T } | { readonly type: string; readonly msg: string };

/** How one member is read. `null` is a value like any other: a rule that takes it says so. */
export interface Rule<T> {
  read(value: unknown): Verdict<T>;
  /** Present = the member may be left out, and this then stands for it. */
  readonly fallback?: { readonly value: T };
}

export type Rules<T> = { readonly [K in keyof T]: Rule<T[K]> };

interface TextBounds {
  readonly min?: number;
  /** Characters (UTF-16 units). */
  readonly max?: number;
}

export function text({ min = 0, max = Number.MAX_SAFE_INTEGER }: TextBounds = {}): Rule<string> {
  return {
    read(value) {
      if (typeof value !== 'string') return { type: 'string_type', msg: 'Input should be a valid string' };
      if (value.length < min) return { type: 'string_too_short', msg: `String should have at least ${count(min)}` };
      if (value.length > max) return { type: 'string_too_long', msg: `String should have at most ${count(max)}` };
      return { value };
    },
  };
}

function count(characters: number): string {
  return `${characters} character${characters === 1 ? '' : 's'}`;
}

interface Range {
  readonly min?: number;
  readonly max?: number;
}

function inRange(value: number, { min, max }: Range): Verdict<number> {
  if (min !== undefined && value < min)
    return { type: 'greater_than_equal', msg: `Input should be greater than or equal to ${min}` };
  if (max !== undefined && value > max)
    return { type: 'less_than_equal', msg: `Input should be less than or equal to ${max}` };
  return { value };
}

export function integer(range: Range = {}): Rule<number> {
  return {
    read: (value) =>
      Number.isSafeInteger(value)
        ? inRange(value as number, range)
        : { type: 'int_type', msg: 'Input should be a valid integer' },
  };
}

/** A whole number as a query has it: in digits. */
export function queryInteger(range: Range = {}): Rule<number> {
  return {
    read: (value) =>
      typeof value === 'string' && /^[+-]?\d{1,15}$/.test(value)
        ? inRange(Number(value), range)
        : { type: 'int_parsing', msg: 'Input should be a valid integer, unable to parse string as an integer' },
  };
}

export function number(range: Range = {}): Rule<number> {
  return {
    read: (value) =>
      typeof value === 'number' && Number.isFinite(value)
        ? inRange(value, range)
        : { type: 'float_type', msg: 'Input should be a valid number' },
  };
}

export function flag(): Rule<boolean> {
  return {
    read: (value) =>
      typeof value === 'boolean' ? { value } : { type: 'bool_type', msg: 'Input should be a valid boolean' },
  };
}

/** A truth value as a query has it. */
export function queryFlag(): Rule<boolean> {
  return {
    read: (value) =>
      value === 'true' || value === 'false' || value === '1' || value === '0'
        ? { value: value === 'true' || value === '1' }
        : { type: 'bool_parsing', msg: 'Input should be a valid boolean, unable to interpret input' },
  };
}

export function choice<const T extends string>(values: readonly T[]): Rule<T> {
  return {
    read(value) {
      const found = values.find((one) => one === value);
      return found === undefined
        ? { type: 'enum', msg: `Input should be ${values.map((one) => `'${one}'`).join(', ')}` }
        : { value: found };
    },
  };
}

export function listOf<T>(rule: Rule<T>, max: number): Rule<readonly T[]> {
  return {
    read(value) {
      if (!Array.isArray(value)) return { type: 'list_type', msg: 'Input should be a valid list' };
      if (value.length > max) return { type: 'too_long', msg: `List should have at most ${max} items` };
      const read: T[] = [];
      for (const one of value) {
        const verdict = rule.read(one);
        if (!('value' in verdict)) return verdict;
        read.push(verdict.value);
      }
      return { value: read };
    },
  };
}

/** The member may be null. */
export function nullable<T>(rule: Rule<T>): Rule<T | null> {
  return { ...rule, read: (value) => (value === null ? { value: null } : rule.read(value)) };
}

/** The member may be left out; `value` then stands for it. */
export function optional<T, D>(rule: Rule<T>, value: D): Rule<T | D> {
  return { read: (given) => rule.read(given), fallback: { value } };
}

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

/** In lower case. */
export function uuid(): Rule<string> {
  return {
    read: (value) =>
      typeof value === 'string' && UUID.test(value)
        ? { value: value.toLowerCase() }
        : { type: 'uuid_parsing', msg: 'Input should be a valid UUID' },
  };
}

/**
 * The members that the rules name; others are ignored. `where` stands before each of them in the place of an issue: `body`,
 * `query`. Throws DetailFault 422 with every issue.
 */
export function readMembers<T>(rules: Rules<T>, given: unknown, where: string): T {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw unprocessable({ type: 'model_attributes_type', loc: [where], msg: 'Input should be a valid object' });
  }
  const issues: DetailIssue[] = [];
  const read: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries<Rule<unknown>>(rules)) {
    const loc = [where, name];
    if (!Object.hasOwn(given, name) || (given as Record<string, unknown>)[name] === undefined) {
      if (rule.fallback) read[name] = rule.fallback.value;
      else issues.push({ type: 'missing', loc, msg: 'Field required' });
      continue;
    }
    const verdict = rule.read((given as Record<string, unknown>)[name]);
    if ('value' in verdict) read[name] = verdict.value;
    else issues.push({ type: verdict.type, loc, msg: verdict.msg });
  }
  if (issues.length > 0) throw new DetailFault(422, issues);
  return read as T;
}
