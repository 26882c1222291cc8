import type { Json, JsonObject } from '../../core/json.ts';
import { isExactObject, numberOf, parseExact } from '../../wire/json-exact.ts';
import { parseEvent } from '../../wire/sse-event.ts';

/** The chunks of a chat or legacy completion, put together as far as both go the same way. */
export interface MergedChunks {
  /** Members of the outermost objects: of each the last value that says something. Without object, choices, obfuscation. */
  readonly top: JsonObject;
  /** The choice objects in order of arrival, by ascending index. */
  readonly choices: readonly (readonly [number, readonly JsonObject[]])[];
}

const STREAM_ONLY = new Set(['object', 'choices', 'obfuscation']);

/** Takes the events of a complete stream. Throws SyntaxError for a payload that is not JSON. */
export function mergeChunks(events: readonly Buffer[]): MergedChunks {
  const top = new Map<string, Json>();
  const choices = new Map<number, JsonObject[]>();
  for (const event of events) {
    const chunk = payloadOf(event);
    if (chunk === undefined) continue;
    for (const [key, value] of Object.entries(chunk)) {
      if (!STREAM_ONLY.has(key)) top.set(key, latest(top.get(key), value));
    }
    for (const choice of elements(chunk['choices'])) {
      const index = numberOf(choice['index']) ?? 0;
      const sameIndex = choices.get(index);
      if (sameIndex === undefined) choices.set(index, [choice]);
      else sameIndex.push(choice);
    }
  }
  if (top.get('usage') === null) top.delete('usage');
  return { top: Object.fromEntries(top), choices: [...choices].toSorted(([a], [b]) => a - b) };
}

/** Members that stand once in an answer: the last value that says something, objects member by member. Lists grow or go on. */
function latest(before: Json | undefined, value: Json): Json {
  if (before === undefined) return value;
  if (value === null || value === '') return before;
  if (isExactObject(before) && isExactObject(value)) return mergeEach([before, value], latest);
  if (Array.isArray(before) && Array.isArray(value)) return beginsWith(value, before) ? value : [...before, ...value];
  return value;
}

function beginsWith(list: readonly Json[], start: readonly Json[]): boolean {
  return JSON.stringify(list.slice(0, start.length)) === JSON.stringify(start);
}

function payloadOf(event: Buffer): JsonObject | undefined {
  const data = parseEvent(event).data.trim();
  if (data === '' || data === '[DONE]') return undefined;
  const chunk = parseExact(data);
  return isExactObject(chunk) ? chunk : undefined;
}

/** The objects of an array; none for anything else. */
export function elements(array: Json | undefined): JsonObject[] {
  return Array.isArray(array) ? array.filter((element) => isExactObject(element)) : [];
}

/** Members whose pieces are text, however much they look alike. */
const TEXTS = /^(?:content|refusal|text|arguments|input|transcript|data|partial_json|reasoning\w*|thinking\w*)$/;

export function isTextName(name: string): boolean {
  return TEXTS.test(name);
}

/**
 * Puts one member's pieces together: text and lists are joined, objects member by member, of others the last holds. A string
 * that comes again and again as it is, under a name that is not known for text, is a name or a mark.
 */
export function mergeValues(before: Json | undefined, piece: Json, name = ''): Json {
  if (before === undefined || before === null) return piece;
  if (piece === null) return before;
  if (typeof before === 'string' && typeof piece === 'string') {
    return before === piece && !isTextName(name) ? before : before + piece;
  }
  if (Array.isArray(before) && Array.isArray(piece)) return [...before, ...piece];
  if (isExactObject(before) && isExactObject(piece)) return mergeObjects([before, piece]);
  return piece;
}

/** All members of all objects, each put together. */
export function mergeObjects(objects: readonly JsonObject[]): JsonObject {
  return mergeEach(objects, mergeValues);
}

/** Members of all objects: of each the last value that is not null, objects member by member, lists one behind the other. */
export function mergeLast(objects: readonly JsonObject[]): JsonObject {
  return mergeEach(objects, last);
}

function last(before: Json | undefined, value: Json): Json {
  if (before === undefined) return value;
  if (value === null) return before;
  if (isExactObject(before) && isExactObject(value)) return mergeLast([before, value]);
  return Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : value;
}

type Merge = (before: Json | undefined, value: Json, name: string) => Json;

function mergeEach(objects: readonly JsonObject[], merge: Merge): JsonObject {
  const merged = new Map<string, Json>();
  for (const object of objects) {
    for (const [key, value] of Object.entries(object)) merged.set(key, merge(merged.get(key), value, key));
  }
  return Object.fromEntries(merged);
}

/** Text of a member over all objects; where a server sends something else than text, its last value. */
export function joinOrLast(objects: readonly JsonObject[], key: string): Json {
  const other = objects.findLast((object) => typeof object[key] !== 'string' && (object[key] ?? null) !== null)?.[key];
  return other ?? joinText(objects, key) ?? '';
}

/** Text of a member over all objects; null when none of them has any. */
export function joinText(objects: readonly JsonObject[], key: string): string | null {
  const pieces = objects.map((object) => object[key]).filter((piece) => typeof piece === 'string');
  return pieces.length === 0 ? null : pieces.join('');
}

/** The last string of a member that is not empty: names and ids come whole, however often. */
export function lastText(objects: readonly JsonObject[], key: string): string | undefined {
  const value = objects.findLast((object) => typeof object[key] === 'string' && object[key] !== '')?.[key];
  return typeof value === 'string' ? value : undefined;
}

/** The object without some of its members. */
export function omit(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}
