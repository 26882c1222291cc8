import type { ErrorObject } from 'ajv';
import { isJsonObject, type Json } from '../core/json.ts';
import { REASON_LIMIT } from './limits.ts';

/** Stands for the name of a member that the schema does not name: the model has made it up. */
const UNNAMED = '*';

/** Where and why a value does not fit: the validator's words for its first error, without anything that stood in the answer. */
export function reasonOf(error: ErrorObject, value: Json, names: ReadonlySet<string>): string {
  const place = placeOf(error.instancePath, value, names);
  return shown(`${place === '' ? 'the root' : place} ${error.message ?? 'does not fit'}`);
}

/** One line of at most `REASON_LIMIT` characters. */
export function shown(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
  return line.length <= REASON_LIMIT ? line : `${line.slice(0, REASON_LIMIT - 1).toWellFormed()}…`;
}

/** Names of members anywhere in a schema: what an answer may be quoted with. */
export function namesIn(schema: Json, names: Set<string> = new Set()): Set<string> {
  if (typeof schema !== 'object' || schema === null) return names;
  if (!Array.isArray(schema)) for (const name of Object.keys(schema)) names.add(name);
  for (const inner of Object.values(schema)) namesIn(inner, names);
  return names;
}

/** A JSON pointer into the value. */
function placeOf(pointer: string, value: Json, names: ReadonlySet<string>): string {
  let at: Json | undefined = value;
  let place = '';
  for (const written of pointer.split('/').slice(1)) {
    const name = written.replaceAll('~1', '/').replaceAll('~0', '~');
    place += `/${Array.isArray(at) || names.has(name) ? written : UNNAMED}`;
    if (Array.isArray(at)) at = at[Number(name)];
    else at = isJsonObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  }
  return place;
}
