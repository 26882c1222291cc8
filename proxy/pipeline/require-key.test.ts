import { expect, test } from 'vitest';
import { virtualKeyRequired } from './require-key.ts';

test('a request without a key is told how to bring one', () => {
  expect(virtualKeyRequired()).toMatchObject({
    code: 'virtual_key_required',
    status: 401,
    headers: { 'www-authenticate': 'Bearer' },
  });
});
