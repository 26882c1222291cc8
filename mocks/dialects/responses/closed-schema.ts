import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';

const SCHEMAS = ['items', 'anyOf', 'oneOf', 'allOf'];
const NAMED_SCHEMAS = ['properties', '$defs', 'definitions'];
const DEEPEST = 40;

const closedValues = (schemas: Body, depth: number): Body =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, closedSchema(schema, depth)]));

function closedMember(key: string, value: unknown, depth: number): unknown {
  if (SCHEMAS.includes(key)) {
    return Array.isArray(value) ? value.map((one) => closedSchema(one, depth)) : closedSchema(value, depth);
  }
  return NAMED_SCHEMAS.includes(key) && isBody(value) ? closedValues(value, depth) : value;
}

/** A schema as strict mode reads it: every object with properties takes no others. */
export function closedSchema(schema: unknown, depth = 0): unknown {
  if (!isBody(schema) || depth > DEEPEST) return schema;
  const members = Object.entries(schema).map(([key, value]) => [key, closedMember(key, value, depth + 1)] as const);
  const open = isBody(schema['properties']) && schema['additionalProperties'] === undefined;
  return { ...Object.fromEntries(members), ...(open && { additionalProperties: false }) };
}
