import * as fc from 'fast-check';
import type { Json } from '../core/json.ts';

/** Values with one of their members replaced by something that should not be there. */
export function broken(value: Json): fc.Arbitrary<Json> {
  const anything = fc.constantFrom<Json>(null, 7, '', 'x', true, [], {}, [null], [7], ['x'], [[]], { type: 'text' });
  if (typeof value !== 'object' || value === null) return anything;
  const entries = Object.entries(value);
  if (entries.length === 0) return anything;
  return fc.oneof(
    { weight: 1, arbitrary: anything },
    {
      weight: 6,
      arbitrary: fc.nat(entries.length - 1).chain((at) => {
        const [name = '', member = null] = entries[at] ?? [];
        return broken(member).map((changed) => {
          if (!Array.isArray(value)) return { ...value, [name]: changed };
          return value.map((item, place) => (place === at ? changed : item));
        });
      }),
    },
  );
}
