import { expect, test } from 'vitest';
import { errorBody } from './errors.ts';

const read = (code: string): unknown =>
  JSON.parse(String(errorBody({ message: 'm', type: 'invalid_request_error', param: null, code, status: 404 })));

test('a code of Anthropic’s own stands where its SDKs look for it', () => {
  expect(read('thread_not_found')).toMatchObject({
    type: 'error',
    error: { type: 'not_found_error', message: 'm', details: { error_code: 'thread_not_found' } },
  });
});

test('other codes have no details', () => {
  expect(read('model_not_found')).toEqual({
    type: 'error',
    error: { type: 'not_found_error', message: 'm', code: 'model_not_found' },
  });
});
