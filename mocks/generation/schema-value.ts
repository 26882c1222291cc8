import { numberForSchema } from './schema-number.ts';
import { stringForSchema } from './schema-string.ts';

/** Deeper than this the shortest way out is taken, so that recursive schemas end. */
const EXPANSIVE_DEPTH = 4;
const DEPTH_LIMIT = 40;

type Schema = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Follows `#`, `#/$defs/name` and any other pointer within the document. */
function pointed(root: unknown, reference: string): unknown {
  if (!reference.startsWith('#')) return undefined;
  let at: unknown = root;
  for (const raw of reference.slice(1).split('/').slice(1)) {
    const key = decodeURIComponent(raw).replaceAll('~1', '/').replaceAll('~0', '~');
    at = isObject(at) ? at[key] : asList(at)[Number(key)];
  }
  return at;
}

function typeOf(schema: Schema): string {
  const type = Array.isArray(schema['type']) ? (schema['type'][0] as unknown) : schema['type'];
  if (typeof type === 'string') return type;
  if (isObject(schema['properties'])) return 'object';
  if (schema['items'] !== undefined || schema['prefixItems'] !== undefined) return 'array';
  if (['minimum', 'maximum', 'multipleOf'].some((key) => schema[key] !== undefined)) return 'number';
  return schema['pattern'] !== undefined || schema['format'] !== undefined ? 'string' : 'any';
}

const branchesOf = (schema: Schema): readonly unknown[] => {
  const branches = schema['anyOf'] ?? schema['oneOf'];
  return asList(branches);
};

function requiredNames(schema: Schema): readonly string[] {
  return asList(schema['required']).filter((name) => typeof name === 'string');
}

/** Levels below this schema on its shortest way out; infinite when there is none. */
function cost(schema: unknown, root: unknown, open: readonly unknown[]): number {
  if (!isObject(schema)) return 0;
  if (open.includes(schema)) return Number.POSITIVE_INFINITY;
  const inside = [...open, schema];
  const below = (child: unknown): number => cost(child, root, inside);
  if (typeof schema['$ref'] === 'string') return below(pointed(root, schema['$ref']));
  if (schema['const'] !== undefined || schema['enum'] !== undefined) return 0;
  const branches = branchesOf(schema);
  if (branches.length > 0) return Math.min(...branches.map(below));
  if (Array.isArray(schema['type']) && schema['type'].includes('null')) return 0;
  const type = typeOf(schema);
  if (type === 'array') return Number(schema['minItems'] ?? 0) > 0 ? 1 + below(schema['items']) : 0;
  if (type !== 'object') return 0;
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  return Math.max(0, ...requiredNames(schema).map((name) => 1 + below(properties[name])));
}

function shortestBranch(branches: readonly unknown[], root: unknown): unknown {
  const costs = branches.map((branch) => cost(branch, root, []));
  return branches[costs.indexOf(Math.min(...costs))];
}

function objectFor(schema: Schema, root: unknown, depth: number): Schema {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = requiredNames(schema);
  const made: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(properties)) {
    if (depth > EXPANSIVE_DEPTH && !required.includes(name)) continue;
    Object.defineProperty(made, name, {
      value: valueFor(property, root, depth + 1, name),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return made;
}

function arrayFor(schema: Schema, root: unknown, depth: number): readonly unknown[] {
  const least = Number(schema['minItems'] ?? 0);
  const most = Number(schema['maxItems'] ?? Number.POSITIVE_INFINITY);
  const tuple = asList(schema['prefixItems']);
  const wanted = Math.min(most, Math.max(least, tuple.length, depth >= EXPANSIVE_DEPTH ? 0 : 1));
  return Array.from({ length: wanted }, (_, at) => {
    const item = valueFor(tuple[at] ?? schema['items'] ?? {}, root, depth + 1, 'item');
    return schema['uniqueItems'] === true && at > 0 ? distinct(item, at) : item;
  });
}

function distinct(item: unknown, at: number): unknown {
  if (typeof item === 'number') return item + at;
  return typeof item === 'string' ? `${item} ${at + 1}` : item;
}

function merged(schema: Schema, root: unknown): Schema {
  const parts = asList(schema['allOf']).filter(isObject);
  return parts.reduce<Schema>(
    (sum, part) => {
      const whole = typeof part['$ref'] === 'string' ? pointed(root, part['$ref']) : part;
      if (!isObject(whole)) return sum;
      const properties = { ...(sum['properties'] as object), ...(whole['properties'] as object) };
      return { ...sum, ...whole, properties, required: [...requiredNames(sum), ...requiredNames(whole)] };
    },
    { ...schema, allOf: undefined },
  );
}

function typedValue(schema: Schema, root: unknown, depth: number, name: string): unknown {
  const nullable = Array.isArray(schema['type']) && schema['type'].includes('null');
  if (nullable && depth > EXPANSIVE_DEPTH) return null;
  switch (typeOf(schema)) {
    case 'object':
      return objectFor(schema, root, depth);
    case 'array':
      return arrayFor(schema, root, depth);
    case 'string':
      return stringForSchema(schema, name);
    case 'integer':
    case 'number':
      return numberForSchema(schema);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return name;
  }
}

function valueFor(schema: unknown, root: unknown, depth: number, name: string): unknown {
  if (!isObject(schema) || depth > DEPTH_LIMIT) return null;
  if (typeof schema['$ref'] === 'string') return valueFor(pointed(root, schema['$ref']), root, depth + 1, name);
  if (schema['const'] !== undefined) return schema['const'];
  if (Array.isArray(schema['enum'])) return schema['enum'][0] as unknown;
  const branches = branchesOf(schema);
  if (branches.length > 0) {
    const branch = depth > EXPANSIVE_DEPTH ? shortestBranch(branches, root) : branches[0];
    return valueFor(branch, root, depth + 1, name);
  }
  if (schema['allOf'] !== undefined) return valueFor(merged(schema, root), root, depth + 1, name);
  return typedValue(schema, root, depth, name);
}

/**
 * A value that fits a JSON schema of the provider's strict subset ($ref, $defs, anyOf, enum, const, nested objects and
 * arrays, bounds, formats, patterns); always the same for the same schema. Properties come in the schema's order.
 */
export function valueForSchema(schema: unknown): unknown {
  return valueFor(schema, schema, 0, 'value');
}
