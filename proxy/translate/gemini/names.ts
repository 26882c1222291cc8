import type { JsonObject } from '../../core/json.ts';

/** The object with its members in camel case: Google takes both spellings. Its values stay as they are. */
export function camel(object: JsonObject): JsonObject {
  for (const name in object) if (name.includes('_')) return renamed(object);
  return object;
}

function renamed(object: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const name in object) {
    const value = object[name];
    if (value !== undefined) result[camelName(name)] = value;
  }
  return result;
}

function camelName(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
