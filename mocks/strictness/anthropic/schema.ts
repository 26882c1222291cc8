import type { Fields } from '../walk.ts';
import { isObject } from '../walk.ts';
import type { Facts } from './facts.ts';

/** Words of JSON Schema that structured output does not take. */
const UNSUPPORTED = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'patternProperties',
  'not',
  'if',
];
const DEEPEST = 40;

function children(schema: Fields): readonly unknown[] {
  const maps = [schema['properties'], schema['$defs'], schema['definitions']].filter(isObject);
  const lists = [schema['anyOf'], schema['allOf'], schema['oneOf']].filter(Array.isArray);
  return [...maps.flatMap((map) => Object.values(map)), ...lists.flat(), schema['items']];
}

function isOf(schema: Fields, type: string): boolean {
  return schema['type'] === type || (Array.isArray(schema['type']) && schema['type'].includes(type));
}

function unfit(schema: unknown, depth = 0): string | undefined {
  if (!isObject(schema) || depth > DEEPEST) return undefined;
  if (isOf(schema, 'object') && schema['additionalProperties'] !== false) {
    return "For 'object' type, 'additionalProperties' must be explicitly set to false";
  }
  const word = UNSUPPORTED.find((name) => schema[name] !== undefined);
  if (word !== undefined) {
    const type = typeof schema['type'] === 'string' ? schema['type'] : 'object';
    return `For '${type}' type, property '${word}' is not supported`;
  }
  for (const child of children(schema)) {
    const found = unfit(child, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What structured output and strict tools ask of their schemas. */
export function schemaCheck({ body }: Facts): string | undefined {
  const config = body['output_config'];
  const format = isObject(config) ? config['format'] : undefined;
  const found = isObject(format) ? unfit(format['schema']) : undefined;
  if (found !== undefined) return `output_config.format.schema: ${found}`;
  const older = isObject(body['output_format']) ? unfit(body['output_format']['schema']) : undefined;
  if (older !== undefined) return `output_format.schema: ${older}`;
  const tools = Array.isArray(body['tools']) ? body['tools'].filter(isObject) : [];
  for (const [at, tool] of tools.entries()) {
    const wrong = tool['strict'] === true ? unfit(tool['input_schema']) : undefined;
    if (wrong !== undefined) return `tools.${at}.custom: ${wrong}`;
  }
  return undefined;
}
