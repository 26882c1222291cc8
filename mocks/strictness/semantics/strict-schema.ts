import type { Violation } from '../../refusals/violation.ts';
import { violation } from '../../refusals/violation.ts';
import type { Fields } from '../walk.ts';
import { isObject, shown } from '../walk.ts';

const DEPTH_MOST = 10;
const PROPERTIES_MOST = 5000;

/** Where a schema stands and how the provider calls it: `function 'f'`, `response_format 'math'`. */
export interface SchemaPlace {
  readonly title: string;
  readonly param: string;
  readonly code: string | null;
}

function context(path: readonly string[]): string {
  const quoted = path.map((part) => `'${part}'`);
  return `(${quoted.join(', ')}${quoted.length === 1 ? ',' : ''})`;
}

function requiredFault(schema: Fields, names: readonly string[]): string | undefined {
  const { required } = schema;
  const must = "'required' is required to be supplied and to be an array including every key in properties.";
  const listed: readonly unknown[] = Array.isArray(required) ? required : [];
  const absent = names.find((name) => !listed.includes(name));
  if (absent !== undefined) return `${must} Missing '${absent}'.`;
  const extra = listed.find((name) => !names.includes(shown(name)));
  return extra === undefined ? undefined : `${must} Extra required key '${shown(extra)}' supplied.`;
}

function objectFault(schema: Fields): string | undefined {
  if (schema['additionalProperties'] !== false) {
    return "'additionalProperties' is required to be supplied and to be false.";
  }
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  return requiredFault(schema, Object.keys(properties));
}

const UNSUPPORTED = ['allOf', 'not', 'dependentRequired', 'dependentSchemas', 'if', 'then', 'else', 'oneOf'];
const TYPES = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'];

function ownFault(schema: Fields): string | undefined {
  const strange = UNSUPPORTED.find((word) => schema[word] !== undefined);
  if (strange !== undefined) return `'${strange}' is not permitted.`;
  const { type } = schema;
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  const unknown = types.find((name) => name !== undefined && !TYPES.includes(shown(name)));
  if (unknown !== undefined) return `'${shown(unknown)}' is not a valid type.`;
  const untold = ['type', '$ref', 'anyOf', 'enum', 'const'].every((word) => schema[word] === undefined);
  if (untold) return "schema must have a 'type' key.";
  if (types.includes('array') && schema['items'] === undefined) return 'array schema missing items.';
  return types.includes('object') ? objectFault(schema) : undefined;
}

type Below = readonly [path: readonly string[], schema: unknown];

function below(schema: Fields): readonly Below[] {
  const named = (word: string): readonly Below[] =>
    isObject(schema[word]) ? Object.entries(schema[word]).map(([name, item]) => [[word, name], item]) : [];
  const variants = Array.isArray(schema['anyOf']) ? schema['anyOf'] : [];
  return [
    ...named('properties'),
    ...named('$defs'),
    ...named('definitions'),
    ...(schema['items'] === undefined ? [] : [[['items'], schema['items']] as const]),
    ...variants.map((item, index): Below => [['anyOf', String(index)], item]),
  ];
}

interface Found {
  readonly fault: string;
  readonly path: readonly string[];
}

function firstFault(schema: unknown, path: readonly string[], depth: number): Found | undefined {
  if (!isObject(schema)) return { fault: 'schema must be an object.', path };
  const fault = ownFault(schema);
  if (fault !== undefined) return { fault, path };
  if (depth > DEPTH_MOST) return { fault: `${depth} levels of nesting exceeds limit of ${DEPTH_MOST}.`, path };
  for (const [step, item] of below(schema)) {
    const deeper = step[0] === 'properties' || step[0] === 'items' ? depth + 1 : depth;
    const found = firstFault(item, [...path, ...step], deeper);
    if (found) return found;
  }
  return undefined;
}

function countProperties(schema: unknown): number {
  if (!isObject(schema)) return 0;
  const own = isObject(schema['properties']) ? Object.keys(schema['properties']).length : 0;
  return below(schema).reduce((sum, [, item]) => sum + countProperties(item), own);
}

function said(place: SchemaPlace, sentence: string): Violation {
  return violation(`Invalid schema for ${place.title}: ${sentence}`, place.param, place.code);
}

/** What holds for every schema: its root is an object. */
export function rootFault(schema: Fields, place: SchemaPlace): Violation | undefined {
  const { type } = schema;
  if (type !== 'object') {
    const got = type === undefined ? 'None' : shown(type);
    return said(place, `schema must be a JSON Schema of 'type: "object"', got 'type: "${got}"'.`);
  }
  return schema['properties'] === undefined &&
    schema['additionalProperties'] === undefined &&
    schema['$ref'] === undefined
    ? said(place, 'In context=(), object schema missing properties.')
    : undefined;
}

/** What holds for schemas with `strict: true`: closed objects, everything required, a subset of the words. */
export function strictFault(schema: Fields, place: SchemaPlace): Violation | undefined {
  if (schema['anyOf'] !== undefined) return said(place, "schema must not have 'anyOf' at the top level.");
  const found = firstFault(schema, [], 1);
  if (found) return said(place, `In context=${context(found.path)}, ${found.fault}`);
  const properties = countProperties(schema);
  return properties > PROPERTIES_MOST
    ? said(place, `Expected at most ${PROPERTIES_MOST} object properties, but got ${properties}.`)
    : undefined;
}
