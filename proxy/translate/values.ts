import { ProxyError } from '../core/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import { parseExact } from '../wire/json-exact.ts';

/** Reading of a request's members. An absent member and null are the same; a wrong type throws ProxyError `invalid_type`. */

type Value = Json | undefined;

export function optionalString(value: Value, path: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw wrongType(path, 'a string');
}

export function requiredString(value: Value, path: string): string {
  const text = optionalString(value, path);
  if (text === undefined) throw new ProxyError('missing_required_parameter', `Missing '${path}'.`, { param: path });
  return text;
}

export function optionalNumber(value: Value, path: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number') return value;
  throw wrongType(path, 'a number');
}

export function optionalBoolean(value: Value, path: string): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'boolean') return value;
  throw wrongType(path, 'a boolean');
}

export function optionalObject(value: Value, path: string): JsonObject | undefined {
  if (value === undefined || value === null) return undefined;
  if (isJsonObject(value)) return value;
  throw wrongType(path, 'an object');
}

export function requiredObject(value: Value, path: string): JsonObject {
  const object = optionalObject(value, path);
  if (object === undefined) throw new ProxyError('missing_required_parameter', `Missing '${path}'.`, { param: path });
  return object;
}

/** Absent = none. */
export function objectList(value: Value, path: string): readonly JsonObject[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw wrongType(path, 'an array');
  return value.map((item, at) => requiredObject(item, `${path}[${at}]`));
}

/** Absent stays absent. */
export function optionalStrings(value: Value, path: string): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw wrongType(path, 'an array of strings');
  return value.map((item, at) => requiredString(item, `${path}[${at}]`));
}

/** The object that the JSON text of a call's arguments holds; '' is an empty one. Throws ProxyError `invalid_value` for anything else. */
export function argumentsObject(text: string, path: string): JsonObject {
  if (text.trim() === '') return {};
  try {
    const value = parseExact(text);
    if (isJsonObject(value)) return value;
  } catch {
    // Told below, like JSON that is no object.
  }
  throw new ProxyError('invalid_value', `Arguments of a tool call are not a JSON object: '${path}'.`, { param: path });
}

function wrongType(path: string, expected: string): ProxyError {
  return new ProxyError('invalid_type', `Invalid type for '${path}': expected ${expected}.`, { param: path });
}

/** Members of `object` without those named, and without null. */
export function without(object: JsonObject, names: ReadonlySet<string>): JsonObject {
  const rest: JsonObject = {};
  for (const name in object) {
    const value = object[name];
    if (!names.has(name) && value !== undefined && value !== null) rest[name] = value;
  }
  return rest;
}

/** Sets the members that a conversation's `rest` holds, `a.b` inside of `a`; names with `[` stand for lost details of lists. */
export function restore(body: JsonObject, rest: JsonObject): void {
  for (const name in rest) {
    const value = rest[name];
    if (value === undefined || name.includes('[')) continue;
    const dot = name.indexOf('.');
    if (dot === -1) {
      body[name] = value;
      continue;
    }
    const outer = body[name.slice(0, dot)];
    const holder = isJsonObject(outer) ? outer : {};
    holder[name.slice(dot + 1)] = value;
    body[name.slice(0, dot)] = holder;
  }
}

export function isBlank(text: string): boolean {
  return text.trim() === '';
}

/** How a client's own item is named. */
export function describe(value: JsonObject): string {
  const { type } = value;
  return typeof type === 'string' ? type : (Object.keys(value)[0] ?? 'item');
}
