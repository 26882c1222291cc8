import { readFileSync } from 'node:fs';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function kinds(value: unknown): readonly string[] {
  if (value === null) return ['null'];
  if (Array.isArray(value)) return ['array'];
  return typeof value === 'number' && Number.isInteger(value) ? ['number', 'integer'] : [typeof value];
}

const DEEPEST = 64;

/** An OpenAPI document that judges answers: the keywords that provider specifications use, and no others. `oneOf` is read as `anyOf`. */
export class Specification {
  readonly #document: Json;

  constructor(document: Json) {
    this.#document = document;
  }

  /** Throws when the file is no JSON. */
  static read(file: string): Specification {
    return new Specification(JSON.parse(readFileSync(file, 'utf8')) as Json);
  }

  /** What is wrong with the JSON of a success; none where the document has no such operation. `path` without `/v1`. */
  answer(method: string, path: string, value: unknown): readonly string[] {
    const schema = this.#at([
      'paths',
      path,
      method.toLowerCase(),
      'responses',
      '200',
      'content',
      'application/json',
      'schema',
    ]);
    return schema === undefined ? [] : this.#problems(value, schema, '', 0);
  }

  /** What is wrong with a value by a named schema; none where there is no such schema. */
  component(name: string, value: unknown): readonly string[] {
    const schema = this.#at(['components', 'schemas', name]);
    return schema === undefined ? [] : this.#problems(value, schema, '', 0);
  }

  #at(steps: readonly string[]): unknown {
    let found: unknown = this.#document;
    for (const step of steps) found = isObject(found) ? found[step] : undefined;
    return found;
  }

  #problems(value: unknown, schema: unknown, path: string, depth: number): readonly string[] {
    if (!isObject(schema) || depth > DEEPEST) return [];
    const { $ref: ref } = schema;
    if (typeof ref === 'string') {
      const steps = ref
        .replace(/^#\//, '')
        .split('/')
        .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
      return this.#problems(value, this.#at(steps), path, depth + 1);
    }
    if (value === null && schema['nullable'] === true) return [];
    return [
      ...plainProblems(value, schema, path),
      ...this.#combined(value, schema, path, depth),
      ...this.#inside(value, schema, path, depth),
    ];
  }

  #combined(value: unknown, schema: Json, path: string, depth: number): readonly string[] {
    const all = Array.isArray(schema['allOf']) ? schema['allOf'] : [];
    const problems = all.flatMap((part) => this.#problems(value, part, path, depth + 1));
    const choices: unknown = schema['anyOf'] ?? schema['oneOf'];
    if (!Array.isArray(choices)) return problems;
    const judged = choices.map((choice) => this.#problems(value, choice, path, depth + 1));
    const best = judged.toSorted((a, b) => a.length - b.length)[0] ?? [];
    return [...problems, ...best];
  }

  #inside(value: unknown, schema: Json, path: string, depth: number): readonly string[] {
    if (Array.isArray(value)) {
      return value.flatMap((element, index) =>
        this.#problems(element, schema['items'], `${path}[${index}]`, depth + 1),
      );
    }
    if (!isObject(value)) return [];
    const properties = isObject(schema['properties']) ? schema['properties'] : {};
    const rest = schema['additionalProperties'];
    return Object.entries(value).flatMap(([name, inner]) => {
      const place = path === '' ? name : `${path}.${name}`;
      if (name in properties) return this.#problems(inner, properties[name], place, depth + 1);
      if (rest === false) return [`${place}: not allowed`];
      return this.#problems(inner, rest, place, depth + 1);
    });
  }
}

function plainProblems(value: unknown, schema: Json, path: string): readonly string[] {
  const { type, enum: values, const: only, required } = schema;
  const where = path === '' ? 'the answer' : path;
  const wanted = Array.isArray(type) ? type : type === undefined ? undefined : [type];
  if (wanted !== undefined && !kinds(value).some((kind) => wanted.includes(kind))) {
    return [`${where}: expected ${wanted.join(' or ')}, found ${kinds(value)[0]}`];
  }
  if (Array.isArray(values) && !values.includes(value))
    return [`${where}: ${JSON.stringify(value)} is none of the known values`];
  if (only !== undefined && only !== value)
    return [`${where}: expected ${JSON.stringify(only)}, found ${JSON.stringify(value)}`];
  if (!isObject(value) || !Array.isArray(required)) return [];
  return required
    .filter((name) => !(String(name) in value))
    .map((name) => `${path === '' ? '' : `${path}.`}${String(name)}: missing`);
}
