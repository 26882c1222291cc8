import { expect, test } from 'vitest';

import { endpoint } from './routing.fixture.ts';
import { targetId } from './target-id.ts';

const BASE = endpoint('m/a', { credential: { kind: 'key', value: 'sk-one-secret' } });

test('names the endpoint without showing its credential', () => {
  expect(targetId(BASE)).toMatch(/^m\/a@[0-9a-f]{12}$/);
});

test('changes with address, credential and upstream model, not with weight or price', () => {
  const other = [
    { origin: 'http://b.test' },
    { basePath: '/v2' },
    { credential: { kind: 'key', value: 'sk-two' } } as const,
    { credential: { kind: 'forward' } } as const,
    { upstreamModel: 'gpt-x' },
  ].map((change) => targetId({ ...BASE, ...change }));
  expect(new Set([...other, targetId(BASE)]).size).toBe(6);
  expect(targetId({ ...BASE, weight: 7, price: { input: 1, output: 1 } })).toBe(targetId(BASE));
});
