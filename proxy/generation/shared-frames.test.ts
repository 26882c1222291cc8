import { expect, test } from 'vitest';
import { type ErrorCode, ProxyError } from '../core/errors.ts';
import { isCommon } from './shared-frames.ts';

test.each<[ErrorCode, boolean]>([
  ['upstream_failed', true],
  ['upstream_timeout', true],
  ['no_endpoint_available', false],
  ['internal_error', false],
])('a generation that ended with %s has failed for other processes too: %s', (code, common) => {
  expect(isCommon({ kind: 'error', error: new ProxyError(code, 'why'), attempts: 1 })).toBe(common);
});
