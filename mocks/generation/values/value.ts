import { assignedNumbers } from './numbers.ts';
import type { Valued } from './leaf.ts';
import { flagValue, memberValue, numberValue, textValue } from './leaf.ts';
import { itemOf, listedValues, isNamed, partsByName } from './list.ts';
import { chosenBranch } from './branches.ts';
import type { Kind, Property, Schema } from './property.ts';
import { propertyOf } from './property.ts';
import { asList, branchesOf, isObject, merged, pointed, requiredNames, shortestBranch, typeOf } from './schema.ts';
import type { Source } from './source.ts';
import { fits } from './valid.ts';

/** Deeper than this the shortest way out is taken, so that recursive schemas end. */
const EXPANSIVE_DEPTH = 4;
const DEPTH_LIMIT = 40;
/** Properties after these are not looked for in the prompt. */
const SOUGHT_MOST = 200;
const LISTED_MOST = 100;

export interface ValueOptions {
  /** Where values come from; without it plausible ones are made up. */
  readonly source?: Source | undefined;
  /** Leaves out what the schema does not require and the prompt does not say. */
  readonly lean?: boolean | undefined;
}

const UNSAID: Valued = { value: null, said: false };

/** What is told from its form alone claims its piece of the text first, what may be any text last. */
const CLAIMS: readonly (readonly Kind[])[] = [
  ['email', 'url', 'moment', 'date', 'time', 'currency', 'language', 'expression', 'code'],
  ['identifier', 'origin'],
  ['person'],
  ['place'],
  ['other'],
  ['title'],
  ['request', 'answer'],
];

function rank({ kind, words, schema }: Property): number {
  const type = typeOf(schema);
  if (schema['enum'] !== undefined || schema['const'] !== undefined || type === 'boolean') return -1;
  // A name by itself is that of a person more often than not.
  const claiming = kind === 'title' && words.length === 1 && words[0] === 'name' ? 'person' : kind;
  const at = CLAIMS.findIndex((kinds) => kinds.includes(claiming));
  return type === 'array' ? at - 0.5 : type === 'object' ? at + 0.5 : at;
}

/** A schema without its indirections, as far as they are plain. */
function resolved(schema: unknown, root: unknown): Schema {
  let at = schema;
  for (let depth = 0; depth < DEPTH_LIMIT && isObject(at) && typeof at['$ref'] === 'string'; depth += 1) {
    const target = pointed(root, at['$ref']);
    const { description } = at;
    at = isObject(target) && description !== undefined ? { description, ...target } : target;
  }
  return isObject(at) ? at : {};
}

/** What one alternative beside null stands for: most optional fields are written so. */
function substance(schema: Schema, root: unknown): Schema {
  const branches = branchesOf(schema).map((branch) => resolved(branch, root));
  const rest = branches.filter(({ type }) => type !== 'null');
  const [only] = rest;
  return rest.length === 1 && only !== undefined ? { description: schema['description'], ...only } : schema;
}

class ValueMaker {
  readonly #root: unknown;
  readonly #source: Source | undefined;
  readonly #lean: boolean;
  #sought = 0;

  constructor(root: unknown, { source, lean = false }: ValueOptions) {
    this.#root = root;
    this.#source = source;
    this.#lean = lean;
  }

  valueFor(schema: unknown, name: string, depth: number): Valued {
    if (!isObject(schema) || depth > DEPTH_LIMIT) return UNSAID;
    if (typeof schema['$ref'] === 'string') return this.valueFor(pointed(this.#root, schema['$ref']), name, depth + 1);
    if (schema['const'] !== undefined) return { value: schema['const'], said: false };
    if (Array.isArray(schema['enum'])) return memberValue(propertyOf(name, schema), schema['enum'], this.#from());
    const branches = branchesOf(schema);
    if (branches.length > 0) return this.#branch(schema, branches, name, depth);
    if (schema['allOf'] !== undefined) return this.valueFor(merged(schema, this.#root), name, depth + 1);
    return this.#typed(schema, name, depth);
  }

  #from(): Source | undefined {
    this.#sought += 1;
    return this.#sought > SOUGHT_MOST ? undefined : this.#source;
  }

  #branch(schema: Schema, branches: readonly unknown[], name: string, depth: number): Valued {
    if (depth > EXPANSIVE_DEPTH) return this.valueFor(shortestBranch(branches, this.#root), name, depth + 1);
    const first =
      this.#source &&
      chosenBranch(
        branches.map((branch) => resolved(branch, this.#root)),
        this.#source,
      );
    const order = first === undefined ? branches : [branches[first], ...branches.filter((_, at) => at !== first)];
    let usual: Valued | undefined;
    for (const branch of order.slice(0, 8)) {
      const valued = this.valueFor(branch, name, depth + 1);
      if (schema['oneOf'] !== undefined && !fits(schema, valued.value, this.#root)) continue;
      if (valued.said || this.#source === undefined || first !== undefined) return valued;
      usual ??= valued;
    }
    return usual ?? this.#unlikeOthers(schema, branches, name, depth);
  }

  /** Where a usual value is one of several alternatives of which only one may hold: a number that is no integer, as most are told apart by that. */
  #unlikeOthers(schema: Schema, branches: readonly unknown[], name: string, depth: number): Valued {
    const values = branches.map((branch) => this.valueFor(branch, name, depth + 1).value);
    const fractions = values.filter((value) => typeof value === 'number').map((value) => value + 0.5);
    const fitting = fractions.find((value) => fits(schema, value, this.#root));
    return { value: fitting ?? values[0], said: false };
  }

  #typed(schema: Schema, name: string, depth: number): Valued {
    const nullable = Array.isArray(schema['type']) && schema['type'].includes('null');
    if (nullable && depth > EXPANSIVE_DEPTH) return UNSAID;
    switch (typeOf(schema)) {
      case 'object':
        return this.#object(schema, depth);
      case 'array':
        return this.#array(schema, name, depth);
      case 'string':
        return textValue(propertyOf(name, schema), this.#from());
      case 'integer':
      case 'number':
        return this.#number(propertyOf(name, schema));
      case 'boolean':
        return flagValue(propertyOf(name, schema), this.#from());
      case 'null':
        return UNSAID;
      default:
        return { value: name, said: false };
    }
  }

  #number(property: Property): Valued {
    const source = this.#from();
    const value = source && assignedNumbers([property], new Set([property.name]), source).get(property.name);
    return value === undefined ? numberValue(property, source) : { value, said: true };
  }

  #object(schema: Schema, depth: number): Valued {
    const properties = isObject(schema['properties']) ? schema['properties'] : {};
    const required = new Set(requiredNames(schema));
    const wanted = Object.entries(properties).filter(([name]) => depth <= EXPANSIVE_DEPTH || required.has(name));
    const sorted = wanted
      .map(([name, property]) => ({
        name,
        property,
        about: propertyOf(name, substance(resolved(property, this.#root), this.#root)),
      }))
      .toSorted((a, b) => rank(a.about) - rank(b.about));
    const numbers = this.#numbers(
      sorted.map(({ about }) => about),
      required,
    );
    const made = new Map<string, Valued>();
    for (const { name, property } of sorted) {
      const number = numbers.get(name);
      made.set(name, number === undefined ? this.valueFor(property, name, depth + 1) : { value: number, said: true });
    }
    for (const name of required) if (!made.has(name)) made.set(name, this.#additional(schema, name, depth));
    const lean = this.#lean && required.size > 0;
    const names = [...new Set([...wanted.map(([name]) => name), ...made.keys()])].filter(
      (name) => !lean || required.has(name) || made.get(name)?.said === true,
    );
    return this.#assembled(schema, names, made, depth);
  }

  #assembled(schema: Schema, names: readonly string[], made: ReadonlyMap<string, Valued>, depth: number): Valued {
    const entries = names.map((name) => [name, made.get(name)?.value ?? null] as const);
    const least = Number(schema['minProperties'] ?? 0);
    const more = Array.from({ length: Math.max(0, least - entries.length) }, (_, at) => `key_${at + 1}`);
    const rest = more.map((name) => [name, this.#additional(schema, name, depth).value] as const);
    // `fromEntries` defines its members, so that one named __proto__ is a member like any other.
    return { value: Object.fromEntries([...entries, ...rest]), said: [...made.values()].some(({ said }) => said) };
  }

  #additional(schema: Schema, name: string, depth: number): Valued {
    const { additionalProperties: additional } = schema;
    return isObject(additional) ? this.valueFor(additional, name, depth + 1) : { value: name, said: false };
  }

  #numbers(properties: readonly Property[], required: ReadonlySet<string>): ReadonlyMap<string, number> {
    const source = this.#source;
    if (source === undefined || this.#sought > SOUGHT_MOST) return new Map();
    const numeric = properties.filter(({ schema, name }) => {
      const type = typeOf(schema);
      const known = source.returned.get(name);
      return (
        (type === 'number' || type === 'integer') &&
        schema['enum'] === undefined &&
        schema['const'] === undefined &&
        typeof known !== 'number'
      );
    });
    return assignedNumbers(numeric.slice(0, SOUGHT_MOST), required, source);
  }

  #array(schema: Schema, name: string, depth: number): Valued {
    const least = Number(schema['minItems'] ?? 0);
    const most = Number(schema['maxItems'] ?? Number.POSITIVE_INFINITY);
    const property = propertyOf(name, schema);
    const found = this.#found(property, depth, Math.min(most, LISTED_MOST));
    const tuple = asList(schema['prefixItems']);
    const wanted = Math.min(most, Math.max(least, tuple.length, found.length, depth >= EXPANSIVE_DEPTH ? 0 : 1));
    const items: unknown[] = [...found];
    const single = itemOf(property, {}).words.join('_') || 'item';
    for (let at = items.length; at < wanted; at += 1) {
      const { value } = this.valueFor(tuple[at] ?? schema['items'] ?? {}, single, depth + 1);
      items.push(schema['uniqueItems'] === true && at > 0 ? distinct(value, at, schema, items) : value);
    }
    return { value: items, said: found.length > 0 };
  }

  /** What the text lists for an array. */
  #found(property: Property, depth: number, most: number): readonly unknown[] {
    const { schema } = property;
    if (asList(schema['prefixItems']).length > 0 || depth > EXPANSIVE_DEPTH) return [];
    const listed = this.#listed(property);
    const distinctOnes = schema['uniqueItems'] === true ? [...new Set(listed)] : listed;
    if (distinctOnes.length > 0 || depth === EXPANSIVE_DEPTH) return distinctOnes.slice(0, most);
    const objects = this.#objects(schema, depth, most);
    return objects.length > 1 ? objects : [];
  }

  /** One object for each of several names that the text lists, made of the part of the text that speaks of it. */
  #objects(schema: Schema, depth: number, most: number): readonly unknown[] {
    const source = this.#source;
    const items = resolved(schema['items'], this.#root);
    if (source === undefined || !isNamed(items) || this.#sought > SOUGHT_MOST) return [];
    const parts = partsByName(source).slice(0, most);
    return parts.map((part) => {
      const maker = new ValueMaker(this.#root, { source: source.only(part), lean: this.#lean });
      return maker.valueFor(items, 'item', depth + 1).value;
    });
  }

  #listed(property: Property): readonly unknown[] {
    const source = this.#from();
    if (source === undefined) return [];
    const items = substance(resolved(property.schema['items'], this.#root), this.#root);
    return listedValues(property, items, source);
  }
}

/** Another item than those before it, of the same schema. */
function distinct(item: unknown, at: number, schema: Schema, before: readonly unknown[]): unknown {
  const { items } = schema;
  const members = isObject(items) && Array.isArray(items['enum']) ? asList(items['enum']) : [];
  const others = [
    ...members,
    typeof item === 'number' ? item + at : `${String(item)} ${at + 1}`,
    ...(typeof item === 'boolean' ? [false, true] : []),
  ];
  const fresh = others.find((other) => !before.includes(other) && typeof other === typeof item && fits(items, other));
  return fresh ?? (typeof item === 'number' ? item + at : typeof item === 'string' ? `${item} ${at + 1}` : item);
}

/**
 * A value that fits a JSON schema of the provider's strict subset ($ref, $defs, anyOf, enum, const, nested objects and
 * arrays, bounds, formats, patterns); always the same for the same schema and source. Properties come in the schema's order.
 */
export function valueForSchema(schema: unknown, options: ValueOptions = {}): unknown {
  const { value } = new ValueMaker(schema, options).valueFor(schema, 'value', 0);
  if (options.source === undefined || fits(schema, value)) return value;
  return new ValueMaker(schema, { lean: options.lean }).valueFor(schema, 'value', 0).value;
}
