import type { Fields } from './schema.ts';
import { isFields } from './schema.ts';

/** A `json_schema` answer format as a request defines it. */
export interface CountedSchema {
  readonly name: string;
  readonly description: string;
  readonly schema: unknown;
}

/** Keywords that the model is not shown. */
const HIDDEN = new Set([
  'required',
  'additionalProperties',
  'default',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
]);

/** Keywords whose value is a schema, or a list of schemas. */
const SCHEMAS = new Set(['items', 'prefixItems', 'anyOf', 'oneOf', 'allOf', 'not']);
/** Keywords whose value has schemas under names of its own. */
const NAMED_SCHEMAS = new Set(['properties', '$defs', 'definitions', 'patternProperties']);

function shownSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(shownSchema);
  if (!isFields(schema)) return schema;
  const entries = Object.entries(schema).filter(([key]) => !HIDDEN.has(key));
  return Object.fromEntries(entries.map(([key, value]) => [key, shownValue(key, value)]));
}

function shownValue(key: string, value: unknown): unknown {
  if (SCHEMAS.has(key)) return shownSchema(value);
  return NAMED_SCHEMAS.has(key) && isFields(value) ? shownProperties(value) : value;
}

const shownProperties = (properties: Fields): Fields =>
  Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, shownSchema(schema)]));

const ascii = (text: string): string =>
  text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** An answer format as the provider writes it into the prompt. */
export function schemaBlock({ name, description, schema }: CountedSchema): string {
  const described = description === '' ? '' : `// ${description}\n`;
  return `# Response Formats\n\n## ${name}\n\n${described}${ascii(JSON.stringify(shownSchema(schema) ?? {}))}`;
}
