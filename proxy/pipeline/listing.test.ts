import { expect, test } from 'vitest';
import { ProxyError } from '../core/errors.ts';
import { listModels, retrieveModel } from './listing.ts';

const catalogue = { names: ['a', 'b/c'], open: false, created: 1_750_000_000 };

test('the list holds each configured model in OpenAI’s shape', () => {
  expect(JSON.parse(listModels(catalogue))).toEqual({
    object: 'list',
    data: [
      { id: 'a', object: 'model', created: 1_750_000_000, owned_by: 'llmproxy' },
      { id: 'b/c', object: 'model', created: 1_750_000_000, owned_by: 'llmproxy' },
    ],
  });
});

test('a model that is not configured is not found, unless every name is taken', () => {
  expect(() => retrieveModel(catalogue, 'x')).toThrow(ProxyError);
  expect(JSON.parse(retrieveModel({ ...catalogue, open: true }, 'x'))).toMatchObject({ id: 'x', object: 'model' });
});
