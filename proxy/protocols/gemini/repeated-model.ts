import { ProxyError } from '../../core/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { isExactObject, parseExact } from '../../wire/json-exact.ts';
import type { JsonEdit } from '../../wire/json-splice.ts';
import { COLLECTION } from './request.ts';

/** Members whose objects repeat the model: the one object, or each object of a list. */
const HOLDERS = ['requests', 'generateContentRequest', 'generate_content_request'];

/** Throws ProxyError `invalid_value` where the body names another model than the path does. */
export function assertSameModel(body: JsonObject, model: string): void {
  const named = [body, ...HOLDERS.flatMap((name) => objectsIn(body[name]))].map((object) => object['model']);
  if (named.every((name) => typeof name !== 'string' || withoutCollection(name) === model)) return;
  throw new ProxyError('invalid_value', 'The request names more than one model.', { param: 'model' });
}

/** Edits that put another name in the places where the body names the model. */
export function renameModel(body: Buffer, name: string): JsonEdit[] {
  const parsed = parseExact(body.toString('utf8'));
  if (!isExactObject(parsed)) return [];
  const own = typeof parsed['model'] === 'string' ? [edit('model', renamed(parsed, name)['model'] ?? null)] : [];
  const held = HOLDERS.flatMap((holder): JsonEdit[] => {
    const value = parsed[holder];
    if (isExactObject(value)) return [edit(holder, renamed(value, name))];
    return Array.isArray(value)
      ? [
          edit(
            holder,
            value.map((one) => (isExactObject(one) ? renamed(one, name) : one)),
          ),
        ]
      : [];
  });
  return [...own, ...held];
}

function renamed(object: JsonObject, name: string): JsonObject {
  const { model } = object;
  if (typeof model !== 'string') return object;
  return { ...object, model: model.startsWith(COLLECTION) ? `${COLLECTION}${name}` : name };
}

function edit(key: string, value: Json): JsonEdit {
  return { op: 'set', key, value: JSON.stringify(value) };
}

function objectsIn(value: Json | undefined): JsonObject[] {
  const all = Array.isArray(value) ? value : [value];
  return all.filter((one) => isJsonObject(one));
}

function withoutCollection(name: string): string {
  return name.startsWith(COLLECTION) ? name.slice(COLLECTION.length) : name;
}
