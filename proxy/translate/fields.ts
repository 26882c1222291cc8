import type { Json, JsonObject } from '../core/json.ts';
import { isJsonObject } from '../core/json.ts';
import { missing, wrongType } from '../protocols/openai/request-body.ts';

/** The object without its undefined members. */
export function defined(object: Readonly<Record<string, Json | undefined>>): JsonObject {
  const result: JsonObject = {};
  for (const key in object) {
    const value = object[key];
    if (value !== undefined) result[key] = value;
  }
  return result;
}

/** A string that is not empty. */
export function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

export function objectOf(value: Json | undefined): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined;
}

/** The objects of an array; none for anything else. */
export function objectsOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter((element) => isJsonObject(element)) : [];
}

/** A number of a request; null is none. Throws ProxyError. */
export function requestNumber(object: JsonObject, name: string, param = name): number | undefined {
  const value = object[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number') throw wrongType(param, 'a number', value);
  return value;
}

/** The objects of a request's array; null is an empty one. Throws ProxyError. */
export function requestObjects(value: Json | undefined, param: string): JsonObject[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw wrongType(param, 'an array of objects', value);
  return value.map((element, index) => {
    if (!isJsonObject(element)) throw wrongType(`${param}[${index}]`, 'an object', element);
    return element;
  });
}

/** Members of a body that the reader has not named. */
export function restOf(body: JsonObject, known: ReadonlySet<string>): JsonObject {
  const rest: JsonObject = {};
  for (const key in body) {
    const value = body[key];
    if (!known.has(key) && value !== undefined) rest[key] = value;
  }
  return rest;
}

/** A name that a request must give. Throws ProxyError. */
export function requestName(value: Json | undefined, param: string): string {
  const name = textOf(value);
  if (name === undefined) throw missing(param);
  return name;
}
