import { arrayAt, booleanAt, integerAt, InvalidInput, numberAt, objectAt, stringAt, wordAt } from './check.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a value of the control API may be: what reads it (throws InvalidInput), and beside it the same in JSON Schema. */
export interface Shape<T> {
  readonly read: (value: unknown, field: string) => T;
  readonly schema: JsonSchema;
}

type Of<S> = S extends Shape<infer T> ? T : never;
type Members = Readonly<Record<string, Shape<unknown>>>;
/** A member that was left out is not there. */
type Read<M extends Members> = { readonly [N in keyof M]?: Of<M[N]> };

export const text: Shape<string> = { read: stringAt, schema: { type: 'string' } };
export const flag: Shape<boolean> = { read: booleanAt, schema: { type: 'boolean' } };
/** Any object. */
export const object: Shape<Readonly<Record<string, unknown>>> = {
  read: (value, field) => objectAt(value, field),
  schema: { type: 'object' },
};

export function number(least = 0, most?: number): Shape<number> {
  return {
    read: (value, field) => {
      const given = numberAt(value, field, least);
      if (most === undefined || given <= most) return given;
      throw new InvalidInput(field, `a number from ${least} to ${most}`, value);
    },
    schema: { type: 'number', minimum: least, ...(most === undefined ? {} : { maximum: most }) },
  };
}

export function whole(least = 0): Shape<number> {
  return {
    read: (value, field) => integerAt(value, field, least),
    schema: { type: 'integer', minimum: least },
  };
}

/** A status of HTTP, up to 599. */
export function status(least: number): Shape<number> {
  return {
    read: (value, field) => {
      const given = integerAt(value, field, least);
      if (given > 599) throw new InvalidInput(field, `a status from ${least} to 599`, value);
      return given;
    },
    schema: { type: 'integer', minimum: least, maximum: 599 },
  };
}

export function word<T extends string>(known: readonly T[]): Shape<T> {
  return { read: (value, field) => wordAt(value, field, known), schema: { type: 'string', enum: known } };
}

export function orNull<T>(shape: Shape<T>): Shape<T | null> {
  return {
    read: (value, field) => (value === null ? null : shape.read(value, field)),
    schema: anyOf(shape.schema, { type: 'null' }),
  };
}

export function listOf<T>(shape: Shape<T>): Shape<readonly T[]> {
  return {
    read: (value, field) => arrayAt(value, field, shape.read),
    schema: { type: 'array', items: shape.schema },
  };
}

export function mapOf<T>(shape: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return {
    read: (value, field) =>
      Object.fromEntries(
        Object.entries(objectAt(value, field)).map(([name, item]) => [name, shape.read(item, `${field}.${name}`)]),
      ),
    schema: { type: 'object', additionalProperties: shape.schema },
  };
}

/** An object with these members and no others. */
export function record<M extends Members>(members: M, required: readonly (keyof M & string)[] = []): Shape<Read<M>> {
  const names = Object.keys(members);
  return {
    read: (value, field) => {
      const fields = objectAt(value, field, names);
      const given = Object.entries(members).filter(([name]) => fields[name] !== undefined || required.includes(name));
      return Object.fromEntries(
        given.map(([name, shape]) => [name, shape.read(fields[name], `${field}.${name}`)]),
      ) as Read<M>;
    },
    schema: {
      type: 'object',
      additionalProperties: false,
      ...(required.length === 0 ? {} : { required }),
      properties: Object.fromEntries(Object.entries(members).map(([name, { schema }]) => [name, schema])),
    },
  };
}

export function anyOf(...schemas: readonly JsonSchema[]): JsonSchema {
  return { anyOf: schemas };
}

/** The schema of an object that has all of these members. */
export function has(...names: readonly string[]): JsonSchema {
  return { required: names, properties: Object.fromEntries(names.map((name) => [name, {}])) };
}

/** The schema of an object that has none of these pairs of members. */
export function neverBoth(pairs: readonly (readonly [string, string])[]): JsonSchema {
  const [only, ...others] = pairs.map((pair) => has(...pair));
  return { not: others.length === 0 ? only : { anyOf: [only, ...others] } };
}
