import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { parseObject } from '../../wire/json-object.ts';

/** One page of a list in the form of any family. */
export interface ListPage {
  readonly whole: JsonObject;
  /** Name of the member that holds the elements; undefined where the list is empty and says so by leaving it out. */
  readonly member: string | undefined;
  readonly items: readonly ListItem[];
  readonly hasMore: boolean;
}

export interface ListItem {
  /** Undefined for an element without a name. */
  readonly id: string | undefined;
  readonly value: Json;
}

/** Undefined for what is no list. */
export function readPage(body: Buffer): ListPage | undefined {
  const whole = parseObject(body.toString('utf8'));
  if (whole === undefined) return undefined;
  const arrays = Object.keys(whole).filter((name) => Array.isArray(whole[name]));
  const member = arrays.includes('data') ? 'data' : arrays.length === 1 ? arrays[0] : undefined;
  const isEmpty = Object.keys(whole).length === 0;
  if (member === undefined) return isEmpty ? { whole, member, items: [], hasMore: false } : undefined;
  const values = whole[member];
  const items = (Array.isArray(values) ? values : []).map((value) => ({ id: idOf(value), value }));
  return { whole, member, items, hasMore: whole['has_more'] === true };
}

/** The page with these elements alone; what else it says of its elements fits them. */
export function writePage({ whole, member }: ListPage, items: readonly ListItem[], hasMore: boolean): Buffer {
  const said = {
    ...('first_id' in whole ? { first_id: items[0]?.id ?? null } : {}),
    ...('last_id' in whole ? { last_id: items.at(-1)?.id ?? null } : {}),
    ...('has_more' in whole ? { has_more: hasMore } : {}),
  };
  const page = { ...whole, ...(member === undefined ? {} : { [member]: items.map(({ value }) => value) }), ...said };
  return Buffer.from(JSON.stringify(page, null, 2));
}

/** Gemini names things by their paths: `files/abc`. */
function idOf(value: Json): string | undefined {
  if (!isJsonObject(value)) return undefined;
  const { id, name } = value;
  if (typeof id === 'string') return id;
  return typeof name === 'string' ? name.slice(name.lastIndexOf('/') + 1) : undefined;
}
