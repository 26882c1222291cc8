import { expect, test } from 'vitest';
import { bodyOf, call, testContext } from './testing.ts';

test('without a list of models every name can be retrieved', () => {
  expect(bodyOf(call('models.retrieve', { params: { id: 'ft:gpt-4o:me' } }))).toMatchObject({
    id: 'ft:gpt-4o:me',
    object: 'model',
  });
});

test('with a list only its models are listed and retrieved', () => {
  const context = testContext({ models: ['gpt-4o', 'house-model'] });
  const list = bodyOf(call('models.list', {}, context)) as { data: readonly { id: string }[] };
  expect(list.data.map(({ id }) => id)).toEqual(['gpt-4o', 'house-model']);
  expect(call('models.retrieve', { params: { id: 'gpt-5' } }, context).status).toBe(404);
});
