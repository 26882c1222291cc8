import type { Schema } from './property.ts';
import { accepts } from './pattern.ts';
import { asList, isObject, pointed } from './schema.ts';

/** Deeper than this a value is taken as it is: nothing that is made here is. */
const DEPTH_LIMIT = 60;

function sameJson(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

function hasType(type: unknown, value: unknown): boolean {
  switch (type) {
    case 'string':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'integer':
      return Number.isInteger(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    default:
      return true;
  }
}

const limit = (schema: Schema, key: string, otherwise: number): number =>
  typeof schema[key] === 'number' ? schema[key] : otherwise;

function numberFits(schema: Schema, value: number): boolean {
  const step = limit(schema, 'multipleOf', 0);
  return (
    value >= limit(schema, 'minimum', Number.NEGATIVE_INFINITY) &&
    value <= limit(schema, 'maximum', Number.POSITIVE_INFINITY) &&
    value > limit(schema, 'exclusiveMinimum', Number.NEGATIVE_INFINITY) &&
    value < limit(schema, 'exclusiveMaximum', Number.POSITIVE_INFINITY) &&
    (step === 0 || Number.isInteger(value / step))
  );
}

/** Lengths are counted in characters and not in code units. */
function stringFits(schema: Schema, value: string): boolean {
  const least = limit(schema, 'minLength', 0);
  const most = limit(schema, 'maxLength', Number.POSITIVE_INFINITY);
  if (least > 0 || most < value.length) {
    const length = Array.from(value).length;
    if (length < least || length > most) return false;
  }
  return typeof schema['pattern'] !== 'string' || accepts(schema['pattern'], value);
}

function arrayFits(schema: Schema, value: readonly unknown[], root: unknown, depth: number): boolean {
  if (value.length < limit(schema, 'minItems', 0) || value.length > limit(schema, 'maxItems', Number.POSITIVE_INFINITY))
    return false;
  if (schema['uniqueItems'] === true && new Set(value.map((one) => JSON.stringify(one))).size < value.length)
    return false;
  const tuple = asList(schema['prefixItems']);
  return value.every((item, at) => fits(at < tuple.length ? tuple[at] : schema['items'], item, root, depth + 1));
}

function objectFits(schema: Schema, value: Schema, root: unknown, depth: number): boolean {
  const names = Object.keys(value);
  if (
    names.length < limit(schema, 'minProperties', 0) ||
    names.length > limit(schema, 'maxProperties', Number.POSITIVE_INFINITY)
  )
    return false;
  if (!asList(schema['required']).every((name) => typeof name !== 'string' || Object.hasOwn(value, name))) return false;
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  return names.every((name) => {
    if (Object.hasOwn(properties, name)) return fits(properties[name], value[name], root, depth + 1);
    return (
      schema['additionalProperties'] === undefined || fits(schema['additionalProperties'], value[name], root, depth + 1)
    );
  });
}

function typedFits(schema: Schema, value: unknown, root: unknown, depth: number): boolean {
  const { type } = schema;
  if (type !== undefined && !(Array.isArray(type) ? type : [type]).some((one) => hasType(one, value))) return false;
  if (typeof value === 'number') return numberFits(schema, value);
  if (typeof value === 'string') return stringFits(schema, value);
  if (Array.isArray(value)) return arrayFits(schema, value, root, depth);
  return !isObject(value) || objectFits(schema, value, root, depth);
}

function alternativesFit(schema: Schema, below: (branch: unknown) => boolean): boolean {
  if (Array.isArray(schema['anyOf']) && !schema['anyOf'].some(below)) return false;
  if (Array.isArray(schema['oneOf']) && schema['oneOf'].filter(below).length !== 1) return false;
  return asList(schema['allOf']).every(below) && (schema['not'] === undefined || !below(schema['not']));
}

function membersFit(schema: Schema, value: unknown): boolean {
  if (schema['const'] !== undefined && !sameJson(schema['const'], value)) return false;
  return !Array.isArray(schema['enum']) || schema['enum'].some((one) => sameJson(one, value));
}

/** Whether a value is valid against a schema of the subset that values are made for; formats are not looked at. */
export function fits(schema: unknown, value: unknown, root: unknown = schema, depth = 0): boolean {
  if (schema === false) return false;
  if (!isObject(schema) || depth > DEPTH_LIMIT) return true;
  const below = (branch: unknown): boolean => fits(branch, value, root, depth + 1);
  if (typeof schema['$ref'] === 'string' && !below(pointed(root, schema['$ref']))) return false;
  return membersFit(schema, value) && alternativesFit(schema, below) && typedFits(schema, value, root, depth);
}
