import { expect, test } from 'vitest';
import { ProxyError } from '../core/errors.ts';
import { allModels, retrieveModel } from './listing.ts';
import type { ModelRuntime } from './runtime.ts';

const catalogue = { names: ['a', 'b/c'], created: 1_750_000_000 };
const entryOf = (id: string) => ({ id, created: 1_750_000_000, owner: 'llmproxy' });

test('the list holds each configured model', () => {
  expect(allModels(catalogue)).toEqual([entryOf('a'), entryOf('b/c')]);
});

test('models of the endpoints follow as those list them; a configured name stays the configuration’s', () => {
  const listed = [{ id: 'x', created: 5, owner: 'meta' }, { id: 'a', owner: 'other' }, { id: 'y' }];
  expect(allModels(catalogue, listed)).toEqual([
    entryOf('a'),
    entryOf('b/c'),
    { id: 'x', created: 5, owner: 'meta' },
    entryOf('y'),
  ]);
});

test('a model that no model takes is not found, another one is retrieved under the name that was asked for', () => {
  expect(() => retrieveModel('x', { catalogue, model: () => undefined })).toThrow(ProxyError);
  const found = retrieveModel('openai/a', { catalogue, model: () => ({}) as ModelRuntime });
  expect(found).toEqual(entryOf('openai/a'));
});
