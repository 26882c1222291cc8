import type { Fields } from './schema.ts';
import { fieldsOf, isFields, resolved } from './schema.ts';

/** A function as a request defines it, without what chat and Responses wrap it in. */
export interface CountedFunction {
  readonly name: string;
  readonly description: string;
  readonly parameters: unknown;
}

/** Schemas that refer to themselves, or that repeat others many times, are written so far. */
const DEEPEST = 12;
const MOST_TYPES = 5000;

interface Place {
  /** Where `$ref` starts. */
  readonly root: unknown;
  readonly depth: number;
  /** Types that may still be written. */
  readonly budget: { types: number };
}

/** Comment lines of a title or description; nothing for a blank one. */
function comment(text: unknown): string {
  if (typeof text !== 'string' || text.trim() === '') return '';
  const lines = text.trim().split('\n');
  return lines.map((line) => `${`// ${line.trim()}`.trimEnd()}\n`).join('');
}

const comments = (schema: Fields): string => comment(schema['title']) + comment(schema['description']);

const literals = (values: readonly unknown[]): string => values.map((value) => JSON.stringify(value)).join(' | ');

function arrayType(items: unknown, place: Place): string {
  if (!isFields(items)) return 'any[]';
  const item = resolved(items, place.root);
  const type = typeText(item, place);
  return type.includes('\n') ? `Array<\n${comments(item)}${type}\n>` : `${type}[]`;
}

/** The type of a schema whose references are resolved. */
function typeText(schema: Fields, { root, depth, budget }: Place): string {
  budget.types -= 1;
  if (depth > DEEPEST || budget.types < 0) return 'any';
  const place = { root, depth: depth + 1, budget };
  if (Array.isArray(schema['enum'])) return literals(schema['enum']);
  if (schema['const'] !== undefined) return literals([schema['const']]);
  const branches = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(branches)) return branches.map((one) => typeText(resolved(one, root), place)).join(' | ');
  const { type } = schema;
  if (Array.isArray(type)) return type.map((one) => typeText({ ...schema, type: one }, place)).join(' | ');
  if (type === 'array') return arrayType(schema['items'], place);
  if (type === 'object' || isFields(schema['properties'])) return objectType(schema, place);
  return typeof type === 'string' ? type : 'any';
}

interface Property {
  readonly name: string;
  readonly type: string;
  readonly comments: string;
  readonly fallback: unknown;
}

function propertiesOf(schema: Fields, place: Place): readonly Property[] {
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(fieldsOf(schema['properties'])).map(([name, raw]) => {
    const property = resolved(raw, place.root);
    return {
      name: required.includes(name) ? name : `${name}?`,
      type: typeText(property, place),
      comments: comments(property),
      fallback: property['default'],
    };
  });
}

function propertyLine({ name, type, comments: above, fallback }: Property): string {
  const shown = typeof fallback === 'string' ? fallback : JSON.stringify(fallback);
  return `${above}${name}: ${type},${shown === undefined ? '' : ` // default: ${shown}`}\n`;
}

/** On one line unless a property needs a comment or several lines. Nothing is indented. */
function objectType(schema: Fields, place: Place): string {
  const properties = propertiesOf(schema, place);
  if (properties.length === 0) return 'object';
  const plain = properties.every(
    ({ type, comments: above, fallback }) => above === '' && fallback === undefined && !type.includes('\n'),
  );
  if (plain) return `{ ${properties.map(({ name, type }) => `${name}: ${type}`).join(', ')} }`;
  return `{\n${properties.map(propertyLine).join('')}}`;
}

function functionText({ name, description, parameters }: CountedFunction): string {
  const root = resolved(parameters, parameters);
  const title = comment(root['title']);
  const type = objectType(root, { root: parameters, depth: 0, budget: { types: MOST_TYPES } });
  const taken = title === '' && type === 'object' ? '' : `_: ${title}${type}`;
  return `${comment(description)}type ${name} = (${taken}) => any;`;
}

/** Function definitions as the provider writes them into the prompt; empty for none. */
export function functionBlock(functions: readonly CountedFunction[]): string {
  if (functions.length === 0) return '';
  const written = functions.map((one) => `${functionText(one)}\n\n`).join('');
  return `# Tools\n\n## functions\n\nnamespace functions {\n\n${written}} // namespace functions`;
}
