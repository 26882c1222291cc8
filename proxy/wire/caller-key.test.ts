import { expect, test } from 'vitest';
import { callerKey } from './caller-key.ts';

test.each([
  [{ authorization: 'Bearer k' }, 'k'],
  [{ authorization: 'bearer  k ' }, 'k'],
  [{ 'x-api-key': 'k' }, 'k'],
  [{ 'x-goog-api-key': 'k' }, 'k'],
  [{ 'api-key': 'k' }, 'k'],
  [{ authorization: 'Bearer', 'x-api-key': 'k' }, 'Bearer'],
  [{ authorization: '', 'x-api-key': 'k' }, 'k'],
  [{}, undefined],
])('%o brings %j', (headers, key) => {
  expect(callerKey(headers)).toBe(key);
});
