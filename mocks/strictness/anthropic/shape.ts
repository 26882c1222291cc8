import type { Fields } from '../walk.ts';
import { isObject } from '../walk.ts';

/** What is wrong with a value that stands at `path` (`messages.0.content`), in the provider's words; undefined when nothing is. */
export type Shape = (value: unknown, path: string) => string | undefined;

interface Range {
  readonly least?: number;
  readonly most?: number;
}

function listed(words: readonly string[]): string {
  const quoted = words.map((word) => `'${word}'`);
  return quoted.length < 2 ? (quoted[0] ?? '') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}

export function text(rule: { readonly values?: readonly string[]; readonly pattern?: RegExp } = {}): Shape {
  return (value, path) => {
    if (typeof value !== 'string') return `${path}: Input should be a valid string`;
    if (rule.values !== undefined && !rule.values.includes(value))
      return `${path}: Input should be ${listed(rule.values)}`;
    if (rule.pattern === undefined || rule.pattern.test(value)) return undefined;
    return `${path}: String should match pattern '${rule.pattern.source}'`;
  };
}

function bounded({ least = -Infinity, most = Infinity }: Range, value: number, path: string): string | undefined {
  if (value < least) return `${path}: Input should be greater than or equal to ${least}`;
  return value > most ? `${path}: Input should be less than or equal to ${most}` : undefined;
}

export function integer(range: Range = {}): Shape {
  return (value, path) =>
    typeof value === 'number' && Number.isInteger(value)
      ? bounded(range, value, path)
      : `${path}: Input should be a valid integer`;
}

/** A number between 0 and 1. */
export const share: Shape = (value, path) => {
  if (typeof value !== 'number') return `${path}: Input should be a valid number`;
  return value < 0 || value > 1 ? `${path}: range: 0..1` : undefined;
};

export const flag: Shape = (value, path) =>
  typeof value === 'boolean' ? undefined : `${path}: Input should be a valid boolean`;

/** Whatever it is. */
export const anything: Shape = () => undefined;

export const dictionary: Shape = (value, path) =>
  isObject(value) ? undefined : `${path}: Input should be a valid dictionary`;

export function list(of: Shape): Shape {
  return (value, path) => {
    if (!Array.isArray(value)) return `${path}: Input should be a valid list`;
    for (const [at, one] of value.entries()) {
      const wrong = of(one, `${path}.${at}`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };
}

/** A text, or a list of blocks. */
export function textOr(other: Shape): Shape {
  return (value, path) => (typeof value === 'string' ? undefined : other(value, path));
}

export interface FieldShapes {
  readonly required?: Readonly<Record<string, Shape>>;
  /** May be null too. */
  readonly optional?: Readonly<Record<string, Shape>>;
}

const at = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

function wrongMember(shapes: FieldShapes, value: Fields, path: string): string | undefined {
  for (const [name, shape] of Object.entries(shapes.required ?? {})) {
    if (value[name] === undefined) return `${at(path, name)}: Field required`;
    const wrong = shape(value[name], at(path, name));
    if (wrong !== undefined) return wrong;
  }
  for (const [name, shape] of Object.entries(shapes.optional ?? {})) {
    const member = value[name];
    const wrong = member === undefined || member === null ? undefined : shape(member, at(path, name));
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** An object with these members and no others. */
export function fields(shapes: FieldShapes): Shape {
  const known = new Set([...Object.keys(shapes.required ?? {}), ...Object.keys(shapes.optional ?? {})]);
  return (value, path) => {
    if (!isObject(value)) return `${path}: Input should be a valid dictionary`;
    const wrong = wrongMember(shapes, value, path);
    if (wrong !== undefined) return wrong;
    const extra = Object.keys(value).find((name) => !known.has(name));
    return extra === undefined ? undefined : `${at(path, extra)}: Extra inputs are not permitted`;
  };
}

interface Tagged {
  readonly shapes: Readonly<Record<string, Shape>>;
  /** The tag of a value that has none. */
  readonly otherwise?: string;
  /** Tags that are taken as they come. */
  readonly open?: RegExp;
}

/** An object of one of several shapes, told apart by `type`; places inside it carry the tag. */
export function tagged({ shapes, otherwise, open }: Tagged): Shape {
  return (value, path) => {
    if (!isObject(value)) return `${path}: Input should be a valid dictionary`;
    const given = value['type'] ?? otherwise;
    if (given === undefined) return `${path}.type: Field required`;
    const found = typeof given === 'string' ? given : JSON.stringify(given);
    const shape = Object.hasOwn(shapes, found) ? shapes[found] : undefined;
    if (shape !== undefined) return shape(value, `${path}.${found}`);
    if (open?.test(found)) return undefined;
    const known = Object.keys(shapes).map((name) => `'${name}'`);
    return `${path}: Input tag '${found}' found using 'type' does not match any of the expected tags: ${known.join(', ')}`;
  };
}
