import type { Fields } from '../check.ts';
import { InvalidInput } from '../check.ts';
import type { JsonSchema } from '../shape.ts';
import type { FaultParameter } from './row.ts';
import type { CatalogueEntry, FaultName } from './catalogue.ts';
import { FAULTS_BY_NAME, FAULT_CATALOGUE } from './catalogue.ts';

/** A fault of the catalogue, with every parameter filled in. */
export interface NamedFault {
  readonly kind: 'named';
  readonly name: FaultName;
  readonly parameters: Readonly<Record<string, number | string>>;
}

const SUGGESTIONS = 4;

function commonPrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

function nearest(text: string): string {
  const ranked = FAULT_CATALOGUE.map(({ name }) => ({ name, score: commonPrefix(text, name) }));
  return ranked
    .toSorted((a, b) => b.score - a.score)
    .slice(0, SUGGESTIONS)
    .map(({ name }) => name)
    .join(', ');
}

function unknown(text: string, field: string): InvalidInput {
  return new InvalidInput(field, `the name of a fault (nearest: ${nearest(text)})`, text);
}

function valueOf(entry: CatalogueEntry, name: string, given: unknown, field: string): number | string {
  const parameter = entry.parameters[name];
  if (parameter === undefined) {
    const known = Object.keys(entry.parameters).join(', ') || 'none';
    throw new InvalidInput(`${field}.${name}`, `a parameter of ${entry.name} (${known})`, given);
  }
  if (typeof parameter.default === 'string') {
    if (typeof given !== 'string' || given === '') throw new InvalidInput(`${field}.${name}`, 'a text', given);
    return given;
  }
  const { least = 0, most = Number.MAX_SAFE_INTEGER } = parameter;
  const value = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
  if (typeof value !== 'number' || !(value >= least && value <= most)) {
    throw new InvalidInput(`${field}.${name}`, `a number from ${least} to ${most}`, given);
  }
  return value;
}

function named(entry: CatalogueEntry, given: readonly (readonly [string, unknown])[], field: string): NamedFault {
  const defaults = Object.entries(entry.parameters).map(([name, parameter]) => [name, parameter.default] as const);
  const values = given.map(([name, value]) => [name, valueOf(entry, name, value, field)] as const);
  const parameters = Object.fromEntries([...defaults, ...values]);
  return { kind: 'named', name: entry.name, parameters };
}

function parameterSchema({
  default: usual,
  doc,
  least = 0,
  most = Number.MAX_SAFE_INTEGER,
}: FaultParameter): JsonSchema {
  const common = { description: doc, default: usual };
  return typeof usual === 'string'
    ? { ...common, type: 'string', minLength: 1 }
    : { ...common, type: 'number', minimum: least, maximum: most };
}

/** Faults of the catalogue as objects. A number may be written as text, too. */
export const NAMED_FAULTS: readonly JsonSchema[] = FAULT_CATALOGUE.map(({ name, sees, parameters }) => ({
  type: 'object',
  description: sees,
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: { type: 'string', enum: [name] },
    ...Object.fromEntries(Object.entries(parameters).map(([one, parameter]) => [one, parameterSchema(parameter)])),
  },
}));

/** `{ name: 'cut', after: 3 }`. */
export function namedFaultOf(fields: Fields, field: string): NamedFault {
  const { name, ...given } = fields;
  const entry = typeof name === 'string' ? FAULTS_BY_NAME.get(name) : undefined;
  if (entry === undefined) throw unknown(String(name), `${field}.name`);
  return named(entry, Object.entries(given), field);
}

/** `after-3` or `503`, for places where only dashes will do: pairs of name and value, or values in the order of the parameters. */
function dashed(entry: CatalogueEntry, tail: string): [string, string][] {
  const words = tail.split('-');
  const names = Object.keys(entry.parameters);
  const pairs: [string, string][] = [];
  while (words.length > 0) {
    const word = words.shift() ?? '';
    if (names.includes(word) && words.length > 0) pairs.push([word, words.shift() ?? '']);
    else pairs.push([names.find((name) => !pairs.some(([taken]) => taken === name)) ?? word, word]);
  }
  return pairs;
}

function entryOf(text: string): { entry: CatalogueEntry; tail: string } | undefined {
  for (let end = text.length; end > 0; end = text.lastIndexOf('-', end - 1)) {
    const entry = FAULTS_BY_NAME.get(text.slice(0, end));
    if (entry !== undefined) return { entry, tail: text.slice(end + 1) };
  }
  return undefined;
}

/** Reads `cut`, `cut;after=3`, `cut-after-3` and `status-503`. Throws InvalidInput that names what is known. */
export function parseNamedFault(text: string, field: string): NamedFault {
  const [head = '', ...settings] = text.split(';').map((part) => part.trim());
  const found = entryOf(head);
  if (found === undefined) throw unknown(head, field);
  const pairs = settings.map((setting): [string, string] => {
    const equals = setting.indexOf('=');
    if (equals < 1) throw new InvalidInput(field, 'settings of the form name=value', setting);
    return [setting.slice(0, equals).trim(), setting.slice(equals + 1).trim()];
  });
  return named(found.entry, [...(found.tail === '' ? [] : dashed(found.entry, found.tail)), ...pairs], field);
}
