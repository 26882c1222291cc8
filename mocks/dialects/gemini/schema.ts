import { objectsIn } from '../content.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';

function ordered(properties: Body, ordering: unknown): readonly (readonly [string, unknown])[] {
  const entries = Object.entries(properties);
  if (!Array.isArray(ordering)) return entries;
  const place = (name: string): number => {
    const at = ordering.indexOf(name);
    return at === -1 ? ordering.length : at;
  };
  return entries.toSorted(([a], [b]) => place(a) - place(b));
}

/** JSON Schema of an OpenAPI schema as this API has it: types in upper case, `nullable`, `propertyOrdering`. */
export function jsonSchemaOf(schema: Body): Body {
  const { type, nullable, properties, items, anyOf, propertyOrdering, format, ...rest } = schema;
  const made: Record<string, unknown> = { ...rest };
  if (typeof type === 'string' && type !== 'TYPE_UNSPECIFIED') {
    const name = type.toLowerCase();
    made['type'] = nullable === true ? [name, 'null'] : name;
  }
  if (format !== undefined && format !== 'enum') made['format'] = format;
  if (isBody(properties)) {
    made['properties'] = Object.fromEntries(
      ordered(properties, propertyOrdering).map(([name, one]) => [name, isBody(one) ? jsonSchemaOf(one) : one]),
    );
  }
  if (isBody(items)) made['items'] = jsonSchemaOf(items);
  if (Array.isArray(anyOf)) {
    const branches = objectsIn(anyOf).map(jsonSchemaOf);
    made['anyOf'] = nullable === true ? [...branches, { type: 'null' }] : branches;
  }
  return made;
}
