import { InvalidInput, isObject } from '../../rules/check.ts';
import { anyOf, mapOf, record } from '../../rules/shape.ts';
import type { Shape } from '../../rules/shape.ts';
import type { Strictness, StrictnessSetting } from '../../strictness/index.ts';
import { STRICTNESS } from '../../strictness/index.ts';

function levelAt(value: unknown, field: string): Strictness {
  const level = STRICTNESS.find((known) => known === value);
  if (level === undefined) throw new InvalidInput(field, `one of ${STRICTNESS.join(', ')}`, value);
  return level;
}

const level: Shape<Strictness> = { read: levelAt, schema: { type: 'string', enum: STRICTNESS } };
const byKey = record({ default: level, keys: mapOf(level) });

export const strictnessShape: Shape<StrictnessSetting> = {
  read: (value, field) => {
    if (!isObject(value)) return levelAt(value, field);
    const { default: usual, keys = {} } = byKey.read(value, field);
    return { default: usual, keys };
  },
  schema: anyOf(level.schema, byKey.schema),
};

/** A level, or `{default, keys: {KEY: level}}`; throws {@link InvalidInput}. */
export function parseStrictness(value: unknown, field = 'strictness'): StrictnessSetting {
  return strictnessShape.read(value, field);
}
