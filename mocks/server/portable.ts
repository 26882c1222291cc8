import { isRegExp } from 'node:util/types';
/**
 * A value as JSON that the control API reads. A regular expression travels as its source and flags; a function cannot travel: then this
 * throws.
 */
export function portable(value: unknown): string {
  return JSON.stringify(value, (name, inner: unknown) => {
    if (isRegExp(inner)) return { regex: inner.source, flags: inner.flags };
    if (typeof inner !== 'function') return inner;
    throw new Error(`${name}: a function cannot travel to a mock in another process; start the mock in this one`);
  });
}
