import { expect, test } from 'vitest';
import { assertVirtualKey } from './require-key.ts';

test('a request needs a virtual key where the configuration says so', () => {
  expect(() => assertVirtualKey(false)).not.toThrow();
  expect(() => assertVirtualKey(true)).toThrow(
    expect.objectContaining({ code: 'virtual_key_required', status: 401, headers: { 'www-authenticate': 'Bearer' } }),
  );
  expect(() => assertVirtualKey(true)).toThrow('auth.require_key');
});
