import { expect, test } from 'vitest';
import { ProxyError } from '../core/errors.ts';
import { listModels, retrieveModel } from './listing.ts';
import type { ModelRuntime } from './runtime.ts';

const catalogue = { names: ['a', 'b/c'], created: 1_750_000_000 };
const entryOf = (id: string) => ({ id, object: 'model', created: 1_750_000_000, owned_by: 'llmproxy' });

test('the list holds each configured model in OpenAI’s shape', () => {
  expect(JSON.parse(listModels(catalogue))).toEqual({ object: 'list', data: [entryOf('a'), entryOf('b/c')] });
});

test('models of the endpoints follow as those list them; a configured name stays the configuration’s', () => {
  const listed = [{ id: 'x', created: 5, owner: 'meta' }, { id: 'a', owner: 'other' }, { id: 'y' }];
  expect(JSON.parse(listModels(catalogue, listed))).toEqual({
    object: 'list',
    data: [entryOf('a'), entryOf('b/c'), { id: 'x', object: 'model', created: 5, owned_by: 'meta' }, entryOf('y')],
  });
});

test('a model that no model takes is not found, another one is retrieved under the name that was asked for', () => {
  expect(() => retrieveModel('x', { catalogue, model: () => undefined })).toThrow(ProxyError);
  const text = retrieveModel('openai/a', { catalogue, model: () => ({}) as ModelRuntime });
  expect(JSON.parse(text)).toEqual(entryOf('openai/a'));
});
