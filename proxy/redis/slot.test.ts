import { expect, test } from 'vitest';
import { slotOf, tagOf } from './slot.ts';

test('slots are those of Redis Cluster', () => {
  // The first from the specification of the CRC, the others as CLUSTER KEYSLOT answers them.
  expect(slotOf('123456789')).toBe(0x31_c3);
  expect(slotOf('foo')).toBe(12_182);
  expect(slotOf('')).toBe(0);
});

test('the tag of a key is what its braces hold', () => {
  expect([tagOf('{llmproxy/0f}:cache:entry:a'), tagOf('{p}:health'), tagOf('health')]).toEqual([
    'llmproxy/0f',
    'p',
    '',
  ]);
});
