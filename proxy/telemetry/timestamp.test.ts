import { expect, test } from 'vitest';

import { Timestamp } from './timestamp.ts';

test('times are those of toISOString, within a second, over its end and back again', () => {
  const timestamp = new Timestamp();
  for (const now of [1_750_000_000_000, 1_750_000_000_007, 1_750_000_000_999.9, 1_750_000_001_000, 1_749_999_999_050]) {
    expect(timestamp.at(now)).toBe(new Date(now).toISOString());
  }
});
