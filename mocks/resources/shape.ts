import shapes from './shapes.json' with { type: 'json' };

export type Fields = Readonly<Record<string, unknown>>;

/**
 * What the official types say of a value, in short.
 * `t` holds a letter a kind: `s` string, `n` number, `b` boolean, `a` array, `o` object, `z` null, `*` anything.
 */
export interface Shape {
  readonly t: string;
  /** The only strings there are; the first is the default. */
  readonly is?: readonly string[];
  /** Of an object; a name that ends with `?` may be absent, and what it holds is not told further. */
  readonly fields?: Readonly<Record<string, Shape>>;
}

const SHAPES: Readonly<Record<string, Shape>> = shapes;

/** The shape of a type of the official package, `batches#Batch`; throws when the generator was not run for it. */
export function shapeOf(name: string): Shape {
  const shape = SHAPES[name];
  if (shape === undefined) throw new Error(`no shape ${name}: run \`npm run generate\``);
  return shape;
}

function kindOf(value: unknown): string {
  if (value === null) return 'z';
  return Array.isArray(value) ? 'a' : typeof value === 'bigint' ? 'n' : (typeof value).charAt(0);
}

/** Whether a value that a request gave may stand where the shape is. */
function fits(value: unknown, shape: Shape): boolean {
  if (value === undefined) return false;
  if (shape.t !== '*' && !shape.t.includes(kindOf(value))) return false;
  return typeof value !== 'string' || shape.is === undefined || shape.is.includes(value);
}

/** The plainest value of a shape: null where null may be, else the empty one. */
function plainest(shape: Shape): unknown {
  if (shape.is !== undefined && !shape.t.includes('z')) return shape.is[0];
  const kind = ['z', 'o', 's', 'n', 'b', 'a'].find((letter) => shape.t.includes(letter));
  if (kind === 'o') return composed(shape, {}, {});
  return kind === undefined ? null : { z: null, s: '', n: 0, b: false, a: [] }[kind];
}

/** Names that the provider puts first in every object. */
const FIRST = ['id', 'object', 'created_at'];

/**
 * An object of this shape: `fixed` fields as they are (`undefined` leaves one out), then what the request gave where it fits,
 * then the plainest value for the fields that must be there.
 */
export function composed(shape: Shape, fixed: Fields, given: Fields, order: readonly string[] = FIRST): Fields {
  const declared = Object.entries(shape.fields ?? {});
  const known = new Map(
    declared.map(([key, inner]) => [key.replace(/\?$/, ''), { inner, optional: key.endsWith('?') }]),
  );
  const names = new Set([...order, ...known.keys(), ...Object.keys(fixed)]);
  const result: Record<string, unknown> = {};
  for (const name of names) {
    const field = known.get(name);
    if (name in fixed) {
      if (fixed[name] !== undefined) result[name] = fixed[name];
    } else if (field !== undefined && fits(given[name], field.inner)) {
      result[name] = given[name];
    } else if (field !== undefined && !field.optional) {
      result[name] = plainest(field.inner);
    }
  }
  return result;
}

/** The fields that are there, in the order in which {@link composed} puts them. */
export function ordered(shape: Shape, fields: Fields, order: readonly string[] = FIRST): Fields {
  const declared = Object.keys(shape.fields ?? {}).map((key) => key.replace(/\?$/, ''));
  const names = new Set([...order, ...declared, ...Object.keys(fields)]);
  return Object.fromEntries(
    [...names].filter((name) => fields[name] !== undefined).map((name) => [name, fields[name]]),
  );
}
