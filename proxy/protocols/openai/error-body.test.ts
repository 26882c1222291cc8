import { expect, test } from 'vitest';
import { PROTOCOLS } from '../table.ts';
import { errorBody } from './error-body.ts';

test('an error is written as the real API writes it', () => {
  const bytes = errorBody({ message: 'No "m"', type: 'invalid_request_error', param: null, code: 'model_not_found' });
  expect(bytes.toString()).toBe(
    '{\n  "error": {\n    "message": "No \\"m\\"",\n    "type": "invalid_request_error",\n    "param": null,\n    "code": "model_not_found"\n  }\n}',
  );
});

test.each(Object.values(PROTOCOLS))('$id writes errors as its family does', (protocol) => {
  const error = { message: 'm', type: 't', param: 'p', code: 'c' };
  expect([protocol.family, JSON.parse(protocol.errorBody(error).toString())]).toEqual(['openai', { error }]);
});
