import { isUtf8 } from 'node:buffer';
import { ProxyError } from '../core/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';

/** The sentence that the official clients know for a body that cannot be parsed. */
export const NOT_JSON =
  'We could not parse the JSON body of your request. The API expects a JSON object, but what was sent was not valid JSON.';

/** The parsed value; undefined for what is no JSON. */
export function parseJson(bytes: Buffer): Json | undefined {
  try {
    return JSON.parse(bytes.toString()) as Json;
  } catch {
    return undefined;
  }
}

/** The parsed object; undefined for anything else. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The object that a request body holds. Throws ProxyError `invalid_json` for anything else. */
export function requestObject(body: Buffer): JsonObject {
  // Invalid bytes would all decode to one replacement character: different requests would become equal.
  const parsed = isUtf8(body) ? parseObject(body.toString('utf8')) : undefined;
  if (parsed === undefined) throw new ProxyError('invalid_json', NOT_JSON);
  return parsed;
}
