import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as addFormats from 'ajv-formats';

export interface Schema {
  readonly [keyword: string]: unknown;
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Operation {
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

const YEAR_MS = 365 * 86_400_000;
const UNIT_MS = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1e3,
  m: 6e4,
  h: 36e5,
  d: 864e5,
  w: 6048e5,
  M: 2592e6,
  Y: 31536e6,
};

/** Written apart from the proxy's own reader, as its judge. */
function periodMs(text: string): number {
  let ms = 0;
  for (const [, number, unit] of text.matchAll(/([\d.]+)(ns|us|µs|ms|[smhdwMY])/g)) {
    ms += Number(number) * UNIT_MS[unit as keyof typeof UNIT_MS];
  }
  return ms;
}

/** Judges values by the document's schemas. `plans` are the names that the configuration has. */
export class Judge {
  readonly #ajv: Ajv2020;
  readonly #document: Document;
  readonly #validators = new Map<string, ValidateFunction>();
  /** Where in the document a constraint has refused a value. */
  readonly refusedBy = new Set<string>();

  constructor(document: Document, plans: readonly string[]) {
    const ajv = new Ajv2020({ strict: false, allErrors: true, multipleOfPrecision: 6 });
    addFormats.default.default(ajv);
    ajv.addFormat('time-zone', { type: 'string', validate: (name) => isZone(name) });
    ajv.addFormat('plan', { type: 'string', validate: (name) => plans.includes(name) });
    ajv.addFormat('period', { type: 'string', validate: (text) => periodMs(text) <= 1e15 });
    ajv.addFormat('grace', { type: 'string', validate: (text) => periodMs(text) <= YEAR_MS });
    this.#ajv = ajv;
    this.#document = document;
  }

  /** Undefined for what the schema at this JSON pointer takes, else why not. */
  fault(pointer: string, value: unknown): string | undefined {
    const validate = this.#validator(pointer);
    if (validate(value)) return undefined;
    for (const { schemaPath } of validate.errors ?? []) this.refusedBy.add(schemaPath);
    return this.#ajv.errorsText(validate.errors);
  }

  /** References are replaced by what they lead to, so that an error says where in the whole it lies. */
  #validator(pointer: string): ValidateFunction {
    const known = this.#validators.get(pointer);
    if (known !== undefined) return known;
    const validate = this.#ajv.compile(dereferenced(schemaAt(this.#document, pointer), this.#document));
    this.#validators.set(pointer, validate);
    return validate;
  }
}

/** The schema at a pointer, without its references. The document has no circle of them. */
export function dereferenced<T>(value: T, document: Document): T {
  if (Array.isArray(value)) return value.map((one: unknown) => dereferenced(one, document)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const { $ref, ...own } = value as Schema;
  const whole = typeof $ref === 'string' ? { ...resolved($ref, document), ...own } : own;
  return Object.fromEntries(Object.entries(whole).map(([name, one]) => [name, dereferenced(one, document)])) as T;
}

export function schemaAt(document: Document, pointer: string): Schema {
  const names = pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  const found = names.reduce<unknown>(
    (value, name) => (value as Record<string, unknown> | undefined)?.[name],
    document,
  );
  if (found === undefined) throw new Error(`the document has nothing at ${pointer}`);
  return found as Schema;
}

function isZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

const FORMATS: Readonly<Record<string, readonly string[]>> = {
  'date-time': [
    '2030-01-31T12:00:00Z',
    '2030-01-31t12:00:00.123456789+02:00',
    '2028-02-29T00:00:00z',
    '2030-02-30T00:00:00Z',
    '2030-01-31T12:00:00',
    '2030-01-31',
    '2030-13-01T00:00:00Z',
    '2030-01-01T24:00:00Z',
    'soon',
  ],
  'time-zone': ['UTC', 'Europe/Berlin', 'Mars/Phobos'],
  plan: ['pro', 'gold'],
  period: ['1h30m', '.5s', '1.Y', '1µs', '0.0000001ns', '0s', '1H', '1 h', '-1h', '99999999Y', `${'0'.repeat(99)}1s`],
  grace: ['1h', '365d', '366d', '1Y1ms', '0x'],
};

const OTHER_TYPES: readonly unknown[] = [null, true, 0, 7, 'x', [], {}];

/** Values on both sides of every bound that the schema has; the judge says which are right. */
export function casesOf(schema: Schema): unknown[] {
  const { anyOf } = schema as { anyOf?: Schema[] };
  const variants = (anyOf ?? []).filter((one) => !('properties' in one && !('type' in one)));
  if (variants.length > 0) return [...OTHER_TYPES, ...variants.flatMap((one) => casesOf(one))];
  const type = [schema['type']].flat().find((one) => one !== 'null');
  const makers: Readonly<Record<string, () => unknown[]>> = {
    string: () => stringCases(schema),
    integer: () => numberCases(schema),
    number: () => numberCases(schema),
    array: () => arrayCases(schema),
    object: () => objectCases(schema),
  };
  return [...OTHER_TYPES, ...(makers[String(type)]?.() ?? [])];
}

/** A value that the schema takes. */
export function sampleOf(schema: Schema): unknown {
  const { anyOf, properties, additionalProperties, format } = schema as {
    anyOf?: Schema[];
    properties?: Record<string, Schema>;
    additionalProperties?: Schema;
    format?: string;
  };
  if (properties !== undefined) {
    return Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, sampleOf(one)]));
  }
  if (additionalProperties !== undefined) return { a: sampleOf(additionalProperties) };
  if (anyOf?.[0] !== undefined) return sampleOf(anyOf[0]);
  if (schema['enum'] !== undefined) return (schema['enum'] as unknown[])[0];
  const type = [schema['type']].flat()[0];
  if (type === 'array') return [];
  if (type === 'boolean') return true;
  return type === 'string' ? (FORMATS[format ?? '']?.[0] ?? 'x') : 1;
}

function stringCases({ maxLength, format, enum: choices }: Schema): string[] {
  const texts = ['a', '', ' ', '\u00A0\uFEFF', 'a\0b', '\ud800', 'two\nlines', ...(FORMATS[String(format)] ?? [])];
  if (typeof maxLength === 'number')
    texts.push(...[0, 1].flatMap((more) => ['y', '😀'].map((one) => one.repeat(maxLength + more))));
  return [...texts, ...((choices as string[] | undefined) ?? [])];
}

function numberCases({ minimum, maximum }: Schema): number[] {
  const least =
    typeof minimum === 'number' ? [minimum - 1, minimum, minimum + 0.5, minimum + 0.25, minimum + 0.001] : [];
  const most = typeof maximum === 'number' ? [maximum - 1, maximum, maximum + 1, maximum * 1.01] : [];
  return [...least, ...most, 1e300];
}

function arrayCases({ items, maxItems }: Schema): unknown[][] {
  const lengths = typeof maxItems === 'number' ? [maxItems, maxItems + 1] : [];
  const sample = sampleOf(items as Schema);
  return [
    ...casesOf(items as Schema).map((one) => [one]),
    ...lengths.map((length) => Array(length).fill(sample) as unknown[]),
  ];
}

function objectCases(schema: Schema): object[] {
  const { properties, additionalProperties, propertyNames, maxProperties } = schema as {
    properties?: Record<string, Schema>;
    additionalProperties?: Schema;
    propertyNames?: Schema;
    maxProperties?: number;
  };
  const cases: object[] = [];
  if (properties !== undefined) {
    const whole = sampleOf(schema) as object;
    for (const [name, one] of Object.entries(properties)) {
      cases.push(Object.fromEntries(Object.entries(whole).filter(([other]) => other !== name)));
      for (const value of casesOf(one)) cases.push({ ...whole, [name]: value }, { [name]: value });
    }
    cases.push(whole, { ...whole, unheard_of: [1] });
  }
  if (additionalProperties !== undefined && typeof additionalProperties === 'object') {
    const sample = sampleOf(additionalProperties);
    for (const value of casesOf(additionalProperties)) cases.push({ a: value });
    for (const name of propertyNames === undefined ? [] : stringCases(propertyNames)) cases.push({ [name]: sample });
    for (const length of maxProperties === undefined ? [] : [maxProperties, maxProperties + 1]) {
      cases.push(Object.fromEntries(Array.from({ length: length }, (_, index) => [`n${index}`, sample])));
    }
  }
  return cases;
}

function resolved($ref: string, document: Document): Schema {
  const schema = document.components.schemas[$ref.split('/').at(-1) ?? ''];
  if (schema === undefined) throw new Error(`the document has no ${$ref}`);
  return schema;
}

const CONSTRAINTS = new Set(
  'type pattern maxLength minimum maximum multipleOf enum maxItems maxProperties required format not'.split(' '),
);

/** JSON pointers of all constraints of a schema, as errors name them. */
export function constraintsOf(schema: Schema, at = '#'): string[] {
  return Object.entries(schema).flatMap(([keyword, value]): string[] => {
    if (CONSTRAINTS.has(keyword)) return [`${at}/${keyword}`];
    const inner = ['properties'].includes(keyword)
      ? Object.entries(value as Record<string, Schema>)
      : keyword === 'items' || keyword === 'additionalProperties' || keyword === 'propertyNames'
        ? [['', value as Schema] as const]
        : keyword === 'anyOf' || keyword === 'allOf'
          ? (value as Schema[]).map((one, index) => [String(index), one] as const)
          : [];
    return inner.flatMap(([name, one]) =>
      constraintsOf(one, name === '' ? `${at}/${keyword}` : `${at}/${keyword}/${name}`),
    );
  });
}

/** The document with no room for members that it does not name. */
export function closed<T>(value: T): T {
  if (Array.isArray(value)) return value.map((one: unknown) => closed(one)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, one]) => [name, closed(one as unknown)]);
  const copy = Object.fromEntries(entries) as Record<string, unknown>;
  const isClosable = copy['type'] === 'object' && copy['properties'] !== undefined && !('additionalProperties' in copy);
  return (isClosable ? { ...copy, additionalProperties: false } : copy) as T;
}

/** The pointer of a JSON body: of a request, or of the answer with a status. */
export function bodyPointer(path: string, method: string, status?: number): string {
  const route = path.replaceAll('~', '~0').replaceAll('/', '~1');
  const body = status === undefined ? 'requestBody' : `responses/${status}`;
  return `/paths/${route}/${method}/${body}/content/application~1json/schema`;
}
