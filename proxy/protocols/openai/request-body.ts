import { ProxyError } from '../../core/errors.ts';
import { isJsonObject } from '../../core/json.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { RequestFacts } from '../types.ts';
import { ownFieldsOf } from './own-fields.ts';

/** The checks that request bodies share, in the words of the real API. What they do not cover is left to the endpoint. */

/** Throws `invalid_type` for `param`; `expected` is a phrase such as `a boolean`. */
export function wrongType(param: string, expected: string, value: Json): ProxyError {
  const message = `Invalid type for '${param}': expected ${expected}, but got ${typeName(value)} instead.`;
  return new ProxyError('invalid_type', message, { param });
}

export function missing(param: string): ProxyError {
  return new ProxyError('missing_required_parameter', `Missing required parameter: '${param}'.`, { param });
}

/** The model's name. Throws when it is missing, empty or no string. */
export function requiredModel(body: JsonObject): string {
  const model = body['model'];
  if (model === undefined || model === null || model === '') {
    throw new ProxyError('missing_required_parameter', 'you must provide a model parameter', { param: 'model' });
  }
  if (typeof model !== 'string') throw wrongType('model', 'a string', model);
  return model;
}

/** A boolean member; absent and null give `fallback`. */
export function optionalBoolean(object: JsonObject, name: string, fallback: boolean, path = name): boolean {
  const value = object[name];
  if (value === undefined || value === null) return fallback;
  if (typeof value !== 'boolean') throw wrongType(path, 'a boolean', value);
  return value;
}

/** An object member; absent and null give an empty one. */
export function optionalObject(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value)) throw wrongType(name, 'an object', value);
  return value;
}

/** Throws unless `value` is a string or an array, the two shapes that prompts and inputs have. */
export function requireTextOrArray(param: string, value: Json): void {
  if (typeof value !== 'string' && !Array.isArray(value)) throw wrongType(param, 'one of a string or an array', value);
}

/** Members that limit the tokens of an answer, over all operations. */
const OUTPUT_LIMITS = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'];

/** The facts that every operation reads in the same way. `store`: whether the provider keeps the answer unless told. */
export function commonFacts(body: JsonObject, storeByDefault = false): RequestFacts {
  const model = requiredModel(body);
  const store = typeof body['store'] === 'boolean' ? body['store'] : storeByDefault;
  const stream = optionalBoolean(body, 'stream', false);
  const options = optionalObject(body, 'stream_options');
  return {
    model,
    stream,
    includeUsage: optionalBoolean(options, 'include_usage', false, 'stream_options.include_usage'),
    includeObfuscation: optionalBoolean(options, 'include_obfuscation', true, 'stream_options.include_obfuscation'),
    stateful: false,
    store,
    encryptedItems: [],
    ...(OUTPUT_LIMITS.some((name) => typeof body[name] === 'number') ? { limitsOutput: true as const } : {}),
    ...stringMember('promptCacheKey', body['prompt_cache_key']),
    ...stringMember('user', body['user']),
    ...(store ? {} : { own: ownFieldsOf(body) }),
    ...(body['cache'] === undefined ? {} : { cache: body['cache'] }),
  };
}

/** `{[name]: value}` for a string that is not empty, else `{}`. */
export function stringMember<Name extends string>(name: Name, value: Json | undefined): { [key in Name]?: string } {
  return typeof value === 'string' && value !== '' ? ({ [name]: value } as { [key in Name]: string }) : {};
}

/** Ids of the items that carry `encrypted_content`: only the endpoint (its organisation) that made them can read them. */
export function encryptedItemIds(items: Json | undefined): string[] {
  if (!Array.isArray(items)) return [];
  return items.flatMap((item) => {
    if (!isJsonObject(item) || typeof item['encrypted_content'] !== 'string') return [];
    return typeof item['id'] === 'string' && item['id'] !== '' ? [item['id']] : [];
  });
}

function typeName(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a decimal number';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
