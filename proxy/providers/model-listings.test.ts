import { expect, test } from 'vitest';
import type { Json } from '../core/json.ts';
import { PROVIDERS, providerOf } from './table.ts';
import type { ListedModel, ProviderId } from './types.ts';

function read(id: ProviderId, answer: Json): ListedModel[] | undefined {
  const { listing } = PROVIDERS[id];
  return listing?.read(answer)?.flatMap((entry) => listing.entry(entry) ?? []);
}

const path = (id: ProviderId, basePath: string): string | undefined => {
  const { listing } = PROVIDERS[id];
  const endpoint = { provider: id, origin: 'https://x.example', basePath, credential: { kind: 'none' } } as const;
  const view = { protocol: undefined, headers: {}, facts: undefined };
  return listing && providerOf(endpoint).request({ ...view, ...listing.view }, endpoint).path;
};

test.each<[ProviderId, string, string | undefined]>([
  ['openai', '/v1', '/v1/models'],
  ['groq', '/openai/v1', '/openai/v1/models'],
  ['mock', '/v1', '/v1/models'],
  ['anthropic', '/v1', '/v1/models?limit=1000'],
  ['gemini', '/v1beta', '/v1beta/models?pageSize=1000'],
  ['azure', '/openai/v1', undefined],
])('the models of %s at %s are listed at %s', (id, basePath, expected) => {
  expect(path(id, basePath)).toBe(expected);
});

test.each<[ProviderId, Json, ListedModel[] | undefined]>([
  [
    'openai',
    {
      object: 'list',
      data: [
        { id: 'm', object: 'model', created: 5, owned_by: 'o' },
        { id: 'n', created: 'x' },
      ],
    },
    [{ id: 'm', created: 5, owner: 'o' }, { id: 'n' }],
  ],
  ['together', [{ id: 'm' }, { id: 5 }, 'x', null], [{ id: 'm' }]],
  ['openai', { models: [] }, undefined],
  [
    'anthropic',
    {
      data: [
        { type: 'model', id: 'claude-opus-5', created_at: '2026-06-01T00:00:00Z', display_name: 'x' },
        { id: 'claude-y', created_at: 'soon' },
        { id: null },
        'x',
      ],
      has_more: false,
    },
    [
      { id: 'claude-opus-5', created: 1_780_272_000, owner: 'anthropic' },
      { id: 'claude-y', owner: 'anthropic' },
    ],
  ],
  [
    'gemini',
    { models: [{ name: 'models/gemini-2.5-flash' }, { name: 'tunedModels/x' }, { name: 5 }, null] },
    [
      { id: 'gemini-2.5-flash', owner: 'google' },
      { id: 'tunedModels/x', owner: 'google' },
    ],
  ],
  ['gemini', { data: [] }, undefined],
  ['gemini', 'x', undefined],
])('%s lists %j', (id, answer, expected) => {
  expect(read(id, answer)).toEqual(expected);
});
