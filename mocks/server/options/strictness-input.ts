import { InvalidInput, isObject, objectAt, optional } from '../../rules/check.ts';
import type { Strictness, StrictnessSetting } from '../../strictness/index.ts';
import { STRICTNESS } from '../../strictness/index.ts';

function levelAt(value: unknown, field: string): Strictness {
  const level = STRICTNESS.find((known) => known === value);
  if (level === undefined) throw new InvalidInput(field, `one of ${STRICTNESS.join(', ')}`, value);
  return level;
}

/** A level, or `{default, keys: {KEY: level}}`; throws {@link InvalidInput}. */
export function parseStrictness(value: unknown, field = 'strictness'): StrictnessSetting {
  if (!isObject(value)) return levelAt(value, field);
  const { default: usual, keys = {} } = objectAt(value, field, ['default', 'keys']);
  const listed = Object.entries(objectAt(keys, `${field}.keys`));
  return {
    default: optional(usual, `${field}.default`, levelAt),
    keys: Object.fromEntries(listed.map(([key, level]) => [key, levelAt(level, `${field}.keys.${key}`)])),
  };
}
