import { expect, test } from 'vitest';
import { withoutParameters } from './query.ts';

test.each([
  ['alt=sse&a=%2F;b', 'a=%2F;b'],
  ['%61lt=sse', ''],
  ['a=1&alt', 'a=1'],
  ['%zz=1&salt=2', '%zz=1&salt=2'],
  ['', ''],
])('%j without alt is %j', (query, rest) => {
  expect(withoutParameters(query, ['alt'])).toBe(rest);
});
