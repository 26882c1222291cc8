import { isJsonObject } from '../core/json.ts';
import { invalid } from './fault.ts';

/** A member that may be absent (undefined: unchanged) or null (cleared). */
export type Field<T> = T | null | undefined;
export type Body = Readonly<Record<string, unknown>>;

/** `value` as an object; throws with `name` in the sentence. */
export function objectOf(value: unknown, name: string): Body {
  if (!isJsonObject(value)) throw invalid(`${name} must be an object.`);
  return value;
}

/** Only what the body itself has: a name like `constructor` is absent, not inherited. */
export function memberOf(body: Body, name: string): unknown {
  return Object.hasOwn(body, name) ? body[name] : undefined;
}

/** Milliseconds since the epoch of a time that the rule `instant` has accepted. */
export function instantOf(text: string): number {
  return Date.parse(text.toUpperCase());
}
