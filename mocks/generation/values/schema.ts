import type { Schema } from './property.ts';

export function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Follows `#`, `#/$defs/name` and any other pointer within the document. */
export function pointed(root: unknown, reference: string): unknown {
  if (!reference.startsWith('#')) return undefined;
  let at: unknown = root;
  for (const raw of reference.slice(1).split('/').slice(1)) {
    const key = decodeURIComponent(raw).replaceAll('~1', '/').replaceAll('~0', '~');
    at = isObject(at) ? at[key] : asList(at)[Number(key)];
  }
  return at;
}

export function typeOf(schema: Schema): string {
  const type = Array.isArray(schema['type']) ? (schema['type'][0] as unknown) : schema['type'];
  if (typeof type === 'string') return type;
  if (isObject(schema['properties'])) return 'object';
  if (schema['items'] !== undefined || schema['prefixItems'] !== undefined) return 'array';
  if (['minimum', 'maximum', 'multipleOf'].some((key) => schema[key] !== undefined)) return 'number';
  return schema['pattern'] !== undefined || schema['format'] !== undefined ? 'string' : 'any';
}

export const branchesOf = (schema: Schema): readonly unknown[] => asList(schema['anyOf'] ?? schema['oneOf']);

export function requiredNames(schema: Schema): readonly string[] {
  return asList(schema['required']).filter((name) => typeof name === 'string');
}

/** The parts of an `allOf` as one schema. */
export function merged(schema: Schema, root: unknown): Schema {
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

export function shortestBranch(branches: readonly unknown[], root: unknown): unknown {
  const costs = branches.map((branch) => cost(branch, root, []));
  return branches[costs.indexOf(Math.min(...costs))];
}
