/**
 * What an answer has to look like, in short. A text names kinds (`string|null`) or one literal (`=chat.completion`);
 * an object names fields, `?` behind a name says that it may be absent; other fields are always allowed.
 */
export type Shape = string | ListShape | NullableShape | TaggedShape | FieldShapes;

export interface FieldShapes {
  readonly [field: string]: Shape;
}
interface ListShape {
  readonly kind: ListKind;
  readonly of: Shape;
  readonly least: number;
}
interface NullableShape {
  readonly kind: NullableKind;
  readonly of: Shape;
}
interface TaggedShape {
  readonly kind: TaggedKind;
  readonly by: string;
  readonly of: Readonly<Record<string, Shape>>;
}

const LIST = Symbol('list');
const NULLABLE = Symbol('nullable');
const TAGGED = Symbol('tagged');
type ListKind = typeof LIST;
type NullableKind = typeof NULLABLE;
type TaggedKind = typeof TAGGED;

export function list(of: Shape, least = 0): ListShape {
  return { kind: LIST, of, least };
}

export function nullable(of: Shape): NullableShape {
  return { kind: NULLABLE, of };
}

/** Objects told apart by one field; a tag that is not named here may have any fields. */
export function tagged(by: string, of: Readonly<Record<string, Shape>>): TaggedShape {
  return { kind: TAGGED, by, of };
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function isKind(value: unknown, kinds: string): boolean {
  if (kinds.startsWith('=')) return value === kinds.slice(1);
  return kinds
    .split('|')
    .some((kind) => kind === 'any' || kind === kindOf(value) || (kind === 'integer' && Number.isInteger(value)));
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => kindOf(value) === 'object';
const place = (path: string): string => (path === '' ? 'the answer' : path);

function fieldProblems(value: unknown, fields: FieldShapes, path: string): readonly string[] {
  if (!isObject(value)) return [`${place(path)}: expected an object, found ${kindOf(value)}`];
  return Object.entries(fields).flatMap(([field, shape]) => {
    const optional = field.endsWith('?');
    const name = optional ? field.slice(0, -1) : field;
    const inner = path === '' ? name : `${path}.${name}`;
    if (value[name] !== undefined) return problemsOf(value[name], shape, inner);
    return optional ? [] : [`${inner}: missing`];
  });
}

function listProblems(value: unknown, { of, least }: ListShape, path: string): readonly string[] {
  if (!Array.isArray(value)) return [`${place(path)}: expected an array, found ${kindOf(value)}`];
  if (value.length < least) return [`${place(path)}: expected at least ${least} elements, found ${value.length}`];
  return value.flatMap((element, index) => problemsOf(element, of, `${path}[${index}]`));
}

function taggedProblems(value: unknown, { by, of }: TaggedShape, path: string): readonly string[] {
  if (!isObject(value)) return [`${place(path)}: expected an object, found ${kindOf(value)}`];
  const tag = value[by];
  if (typeof tag !== 'string') return [`${path === '' ? by : `${path}.${by}`}: expected string, found ${kindOf(tag)}`];
  const shape = of[tag];
  return shape === undefined ? [] : problemsOf(value, shape, path);
}

/** Everything about a value that is not as it should be, with its path; none when it fits. */
export function problemsOf(value: unknown, shape: Shape, path = ''): readonly string[] {
  if (typeof shape === 'string') {
    if (isKind(value, shape)) return [];
    const found = shape.startsWith('=') ? JSON.stringify(value) : kindOf(value);
    return [`${place(path)}: expected ${shape.replace(/^=/, '')}, found ${found}`];
  }
  switch (shape.kind) {
    case LIST:
      return listProblems(value, shape, path);
    case NULLABLE:
      return value === null ? [] : problemsOf(value, shape.of, path);
    case TAGGED:
      return taggedProblems(value, shape, path);
    default:
      return fieldProblems(value, shape, path);
  }
}
