import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';

/** JSON Schema as the families take it. None of these functions changes its argument. */

const MAPS = new Set(['properties', '$defs', 'definitions', 'patternProperties', 'dependentSchemas']);
const LISTS = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems']);
const SCHEMAS = new Set([
  'items',
  'additionalItems',
  'additionalProperties',
  'not',
  'contains',
  'propertyNames',
  'if',
  'then',
  'else',
]);

/** Schemas that refer to themselves would be written out without end. */
const MAX_DEPTH = 32;

/** The schema with `change` applied to it and to every schema in it, the innermost first. */
export function mapSchema(schema: JsonObject, change: (schema: JsonObject) => JsonObject): JsonObject {
  const mapped: JsonObject = {};
  for (const name in schema) {
    const value = schema[name] ?? null;
    mapped[name] = mapMember(name, value, change);
  }
  return change(mapped);
}

function mapMember(name: string, value: Json, change: (schema: JsonObject) => JsonObject): Json {
  const inner = (item: Json): Json => (isJsonObject(item) ? mapSchema(item, change) : item);
  if (MAPS.has(name) && isJsonObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inner(item)]));
  }
  if (LISTS.has(name) && Array.isArray(value)) return value.map(inner);
  if (!SCHEMAS.has(name)) return value;
  return Array.isArray(value) ? value.map(inner) : inner(value);
}

/** Constraints that Anthropic's structured output refuses. */
const NOT_AT_ANTHROPIC = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
];

/** A schema that Anthropic takes: objects are closed, constraints are gone; `lost` is told the name of each word that went. */
export function anthropicSchema(schema: JsonObject, lost: (word: string) => void): JsonObject {
  return mapSchema(schema, (inner) => {
    const { $schema: _, ...kept } = inner;
    for (const word of NOT_AT_ANTHROPIC) {
      if (kept[word] === undefined) continue;
      delete kept[word];
      lost(word);
    }
    if (kept['type'] === 'object' || (kept['type'] === undefined && isJsonObject(kept['properties']))) {
      if (kept['additionalProperties'] !== undefined && kept['additionalProperties'] !== false)
        lost('additionalProperties');
      kept['additionalProperties'] = false;
    }
    return kept;
  });
}

/** Words of Gemini's own form of schemas; it refuses every other one. */
const GEMINI_WORDS = new Set([
  'type',
  'format',
  'title',
  'description',
  'nullable',
  'enum',
  'maxItems',
  'minItems',
  'properties',
  'required',
  'minProperties',
  'maxProperties',
  'minLength',
  'maxLength',
  'pattern',
  'example',
  'anyOf',
  'propertyOrdering',
  'default',
  'items',
  'minimum',
  'maximum',
]);

/** JSON Schema in Gemini's own form (`parameters`, `responseSchema`): references inlined, types in capitals, unknown words gone. */
export function geminiSchema(schema: JsonObject): JsonObject {
  return mapSchema(inlined(schema, schema, 0), (inner) => {
    const kept: JsonObject = { ...inner };
    if (kept['const'] !== undefined) kept['enum'] = [kept['const']];
    if (Array.isArray(kept['oneOf'])) kept['anyOf'] = kept['oneOf'];
    nullableType(kept);
    nullableUnion(kept);
    if (typeof kept['type'] === 'string') kept['type'] = kept['type'].toUpperCase();
    // Its enumerations hold text only.
    if (Array.isArray(kept['enum'])) {
      kept['enum'] = kept['enum']
        .filter((item) => item !== null)
        .map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
      kept['type'] = 'STRING';
    }
    for (const word in kept) if (!GEMINI_WORDS.has(word)) delete kept[word];
    return kept;
  });
}

/** `type: [x, null]` becomes a nullable x; several others become a choice. */
function nullableType(schema: JsonObject): void {
  const types = schema['type'];
  if (!Array.isArray(types)) return;
  const others = types.filter((type) => type !== 'null');
  if (others.length < types.length) schema['nullable'] = true;
  if (others.length === 1) schema['type'] = others[0] ?? null;
  else {
    delete schema['type'];
    schema['anyOf'] = others.flatMap((type) => (typeof type === 'string' ? [{ type: type.toUpperCase() }] : []));
  }
}

/** `anyOf: [x, {type: null}]` becomes a nullable x. The branches are in Gemini's form already. */
function nullableUnion(schema: JsonObject): void {
  const branches = schema['anyOf'];
  if (!Array.isArray(branches)) return;
  const others = branches.filter((branch) => !isJsonObject(branch) || branch['type'] !== 'NULL');
  if (others.length === branches.length) return;
  schema['nullable'] = true;
  const [only] = others;
  if (others.length === 1 && isJsonObject(only)) {
    delete schema['anyOf'];
    for (const word in only) schema[word] ??= only[word] ?? null;
  } else schema['anyOf'] = others;
}

/** The schema with each local `$ref` replaced by what it names; one too deep, or one that names nothing, by any object. */
function inlined(schema: JsonObject, root: JsonObject, depth: number): JsonObject {
  const reference = schema['$ref'];
  if (typeof reference === 'string') {
    const { $ref: _, ...beside } = schema;
    const target = depth >= MAX_DEPTH ? undefined : lookUp(root, reference);
    return target === undefined ? { ...beside, type: 'object' } : inlined({ ...target, ...beside }, root, depth + 1);
  }
  const { $defs: _defs, definitions: _definitions, ...kept } = schema;
  const result: JsonObject = {};
  const inner = (item: Json): Json => (isJsonObject(item) ? inlined(item, root, depth + 1) : item);
  for (const name in kept) {
    const value = kept[name] ?? null;
    if (MAPS.has(name) && isJsonObject(value)) {
      result[name] = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inner(item)]));
    } else if (LISTS.has(name) && Array.isArray(value)) result[name] = value.map(inner);
    else result[name] = SCHEMAS.has(name) ? inner(value) : value;
  }
  return result;
}

function lookUp(root: JsonObject, reference: string): JsonObject | undefined {
  if (!reference.startsWith('#')) return undefined;
  let at: Json | undefined = root;
  for (const step of reference.slice(1).split('/').filter(Boolean)) {
    at = isJsonObject(at) ? at[step.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined;
  }
  return isJsonObject(at) ? at : undefined;
}

/** Gemini's own form as JSON Schema: types in small letters, `nullable` as a type of its own. */
export function schemaOfGemini(schema: JsonObject): JsonObject {
  const renamed = camelWords(schema);
  return mapSchema(renamed, (inner) => {
    const { nullable, propertyOrdering: _, example: _example, ...kept } = inner;
    const type = typeof kept['type'] === 'string' ? kept['type'].toLowerCase() : undefined;
    if (type === 'type_unspecified') delete kept['type'];
    else if (type !== undefined) kept['type'] = nullable === true ? [type, 'null'] : type;
    else if (nullable === true && Array.isArray(kept['anyOf'])) kept['anyOf'] = [...kept['anyOf'], { type: 'null' }];
    // Numbers of the schema are 64 bits wide and may come as text.
    for (const word of ['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties']) {
      if (typeof kept[word] === 'string') kept[word] = Number(kept[word]);
    }
    return kept;
  });
}

/** Words that may come in snake case. */
function camelWords(schema: JsonObject): JsonObject {
  return mapSchema(
    Object.fromEntries(Object.entries(schema).map(([name, value]) => [name === 'any_of' ? 'anyOf' : name, value])),
    (inner) => {
      const result: JsonObject = {};
      for (const name in inner) {
        const camel = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
        result[GEMINI_WORDS.has(camel) ? camel : name] = inner[name] ?? null;
      }
      return result;
    },
  );
}
