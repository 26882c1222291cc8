import { z } from 'zod';

import { parseBytes } from '../../core/bytes.ts';
import { formatDuration, parseDuration } from '../../core/duration.ts';
import { Secret } from '../../core/secret.ts';

/** What the manual says of a field; the schema carries it, `docs/configuration.md` is generated from it. */
export interface FieldMeta {
  /** The kind of value in one or two words: `duration`, `size`, `text` … */
  readonly kind: string;
  readonly description: string;
  /** The only values allowed, for fields that choose. */
  readonly choices?: readonly string[];
  /** True when a fault must not quote the value. */
  readonly secret?: boolean;
  /** Members of the JSON Schema (draft 7) of the value as the file has it; `llmproxy.schema.json` is generated from them. */
  readonly json?: Readonly<Record<string, unknown>>;
}

type Field<T> = z.ZodPipe<z.ZodUnknown, z.ZodTransform<T>>;

/**
 * A scalar field. `read` returns undefined for what it does not accept; the fault then says that `expected` was
 * expected.
 */
function scalar<T>(meta: FieldMeta, expected: string, read: (value: unknown) => T | undefined): Field<T> {
  return z
    .unknown()
    .transform((value, context) => {
      const result = read(value);
      if (result !== undefined) return result;
      context.issues.push({ code: 'custom', message: expected, input: value });
      return z.NEVER;
    })
    .meta({ ...meta });
}

/** Text of one form, or text that takes something from the environment: only the proxy sees what comes out. */
function written(...forms: readonly string[]): FieldMeta['json'] & object {
  return { type: 'string', pattern: [...forms, String.raw`\$\{`].join('|') };
}

/** A value of the file's own, or a variable that holds it. */
function orWritten(own: object | false, ...forms: readonly string[]): { json: FieldMeta['json'] & object } {
  return { json: { anyOf: [own, written(...forms)] } };
}

/** What a text may be: a pattern with flags cannot be said in a JSON Schema, and then any text may. */
function textForm(pattern: RegExp | undefined): FieldMeta['json'] & object {
  return pattern === undefined || pattern.flags !== '' ? { type: 'string' } : written(pattern.source);
}

const LIST = { json: { anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'string' }] } };

/** Numbers and truth values may come out of an environment variable, and then they are text. */
function numberFrom(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
}

export function flag(description: string): Field<boolean> {
  return scalar(
    { kind: 'true or false', description, ...orWritten({ type: 'boolean' }, '^(?:true|false)$') },
    'true or false',
    (value) => {
      if (typeof value === 'boolean') return value;
      return value === 'true' ? true : value === 'false' ? false : undefined;
    },
  );
}

export function integer(description: string, range: { min: number; max: number }): Field<number> {
  const expected = `a whole number from ${range.min} to ${range.max}`;
  const json = orWritten({ type: 'integer', minimum: range.min, maximum: range.max }, '^-?\\d+$');
  return scalar({ kind: `integer ${range.min}..${range.max}`, description, ...json }, expected, (value) => {
    const number = numberFrom(value);
    const fits = Number.isInteger(number) && number !== undefined && number >= range.min && number <= range.max;
    return fits ? number : undefined;
  });
}

/** A number from 1 on, or `auto`: what the machine says. */
export function count(description: string, { max, auto }: { max: number; auto: () => number }): Field<number> {
  const expected = `auto, or a whole number from 1 to ${max}`;
  return scalar({ kind: `integer 1..${max}, or \`auto\``, description }, expected, (value) => {
    if (value === 'auto') return Math.min(max, Math.max(1, auto()));
    const number = numberFrom(value);
    return Number.isInteger(number) && number !== undefined && number >= 1 && number <= max ? number : undefined;
  });
}

export function percent(description: string): Field<number> {
  const json = orWritten({ type: 'number', minimum: 0, maximum: 100 }, '^\\d+(?:\\.\\d+)?\\s*%?$');
  return scalar({ kind: 'percentage', description, ...json }, 'a percentage from 0% to 100%', (value) => {
    const number = numberFrom(typeof value === 'string' ? value.replace(/\s*%$/, '') : value);
    return number !== undefined && number >= 0 && number <= 100 ? number : undefined;
  });
}

export function amount(description: string): Field<number> {
  const json = orWritten({ type: 'number', minimum: 0 }, '^\\d+(?:\\.\\d+)?$');
  return scalar({ kind: 'number ≥ 0', description, ...json }, 'a number, zero or more', (value) => {
    const number = numberFrom(value);
    return number !== undefined && Number.isFinite(number) && number >= 0 ? number : undefined;
  });
}

export function text(description: string, form: { expected?: string; pattern?: RegExp } = {}): Field<string> {
  return scalar({ kind: 'text', description, json: textForm(form.pattern) }, form.expected ?? 'text', (value) => {
    const fits = typeof value === 'string' && (form.pattern === undefined || form.pattern.test(value));
    return fits ? value : undefined;
  });
}

/** Text that no fault, log or rendering of the configuration may show. */
export function secret(description: string, form: { expected?: string; pattern?: RegExp } = {}): Field<Secret> {
  return scalar(
    { kind: 'text', description, secret: true, json: textForm(form.pattern) },
    form.expected ?? 'text',
    (value) => {
      const fits = typeof value === 'string' && (form.pattern === undefined || form.pattern.test(value));
      return fits ? new Secret(value) : undefined;
    },
  );
}

/** A field with a form of its own: `read` turns the text into what the proxy works with. */
export function parsed<T>(description: string, expected: string, read: (text: string) => T | undefined): Field<T> {
  return scalar({ kind: 'text', description, json: { type: 'string' } }, expected, (value) =>
    typeof value === 'string' ? read(value) : undefined,
  );
}

/**
 * A list whose entries have a form of their own. An environment variable holds it as text, entries parted by commas;
 * empty text is the empty list.
 */
export function listOf(
  description: string,
  expected: string,
  read: (entry: string) => string | undefined,
): Field<readonly string[]> {
  return scalar({ kind: 'list', description, ...LIST }, expected, (value) => {
    const given = typeof value === 'string' ? value.split(',').map((entry) => entry.trim()) : value;
    if (!Array.isArray(given)) return undefined;
    const entries = given.length === 1 && given[0] === '' ? [] : given;
    const known = entries.map((entry: unknown) => (typeof entry === 'string' ? read(entry) : undefined));
    return known.every((entry) => entry !== undefined) ? known : undefined;
  });
}

/** As `listOf`, of entries that no fault, log or rendering may show. */
export function secretList(
  description: string,
  expected: string,
  accepts: (entry: string) => boolean,
): Field<readonly Secret[]> {
  return scalar({ kind: 'list', description, secret: true, ...LIST }, expected, (value) => {
    const given = typeof value === 'string' ? value.split(',').map((entry) => entry.trim()) : value;
    if (!Array.isArray(given)) return undefined;
    const entries: unknown[] = given.length === 1 && given[0] === '' ? [] : given;
    const texts = entries.filter((entry) => typeof entry === 'string').filter(accepts);
    return texts.length === entries.length ? texts.map((text) => new Secret(text)) : undefined;
  });
}

export function choice<const T extends string>(description: string, choices: readonly T[]): Field<T> {
  const expected = `one of ${choices.join(', ')}`;
  const kind = choices.map((name) => `\`${name}\``).join(' ');
  const json = orWritten({ enum: choices });
  return scalar({ kind, description, choices, ...json }, expected, (value) => choices.find((name) => name === value));
}

/** Milliseconds. `setTimeout` cannot wait longer than 24 days, hence `max`. */
export function duration(description: string, range: { min: number; max: number }): Field<number> {
  const expected = `a duration such as 250ms, 30s, 1h30m or 7d, from ${formatDuration(range.min)} to ${formatDuration(range.max)}`;
  const json = orWritten(range.min === 0 ? { const: 0 } : false, '^(?:0|(?:\\d+(?:\\.\\d+)?(?:ms|s|m|h|d))+)$');
  return scalar({ kind: 'duration', description, ...json }, expected, (value) => {
    const ms = value === 0 ? 0 : typeof value === 'string' ? parseDuration(value) : undefined;
    return ms !== undefined && ms >= range.min && ms <= range.max ? ms : undefined;
  });
}

/** Bytes. */
export function size(description: string, range: { min: number; max: number }): Field<number> {
  const expected = `a size such as 512KiB or 32MiB, from ${range.min} to ${range.max} bytes`;
  const own = { type: 'integer', minimum: range.min, maximum: range.max };
  const json = orWritten(own, '^\\d+(?:\\.\\d+)? ?(?:B|kB|KB|MB|GB|KiB|MiB|GiB)?$');
  return scalar({ kind: 'size', description, ...json }, expected, (value) => {
    const bytes = parseBytes(String(value));
    return bytes !== undefined && bytes >= range.min && bytes <= range.max ? bytes : undefined;
  });
}

type Overridable = Record<string, z.ZodPrefault>;
type Overrides<T extends Overridable> = { [K in keyof T]: z.ZodOptional<ReturnType<T[K]['unwrap']>> };

/** The same fields without their defaults: what a model's section may say instead of the general one. */
export function overrides<T extends Overridable>(shape: T): Overrides<T> {
  const optional = Object.entries(shape).map(([name, field]) => [name, z.optional(field.unwrap())]);
  return Object.fromEntries(optional) as Overrides<T>;
}
