import { expect, test } from 'vitest';

import {
  bodyPointer,
  casesOf,
  closed,
  constraintsOf,
  dereferenced,
  Judge,
  schemaAt,
  type Document,
  type Schema,
} from '../setup/openapi-judge.ts';
import { autoBed } from './auto-bed.ts';
import { callApi } from './auto-calls.ts';

async function documentAt(url: string): Promise<Document> {
  return (await (await fetch(`${url}/openapi.json`)).json()) as Document;
}

const CALLS = [
  ['GET /pricing', '/pricing'],
  ['GET /pricing/gpt-4o', '/pricing/{model}'],
  ['GET /pricing/unknown', '/pricing/{model}'],
  ['POST /pricing/estimate', '/pricing/estimate', { model: 'gpt-4o', input_tokens: 1, output_tokens: 1 }],
  ['POST /pricing/estimate', '/pricing/estimate', {}],
  ['POST /pricing/estimate', '/pricing/estimate', { model: 'unknown', input_tokens: 1, output_tokens: 1 }],
  ['GET /pricing/cheapest', '/pricing/cheapest'],
  ['GET /pricing/cheapest?limit=0', '/pricing/cheapest'],
  ['GET /pricing/compare', '/pricing/compare'],
  ['POST /pricing/refresh', '/pricing/refresh'],
  ['POST /routing/explain', '/routing/explain', { prompt: 'Write a function', task_type: 'code' }],
  ['POST /routing/explain', '/routing/explain', { messages: [], max_tokens: 9_000_000 }],
  ['POST /routing/explain', '/routing/explain', {}],
  ['GET /routing/ranking', '/routing/ranking'],
  ['GET /routing/ranking?complexity=advanced&vision=true', '/routing/ranking'],
  ['GET /routing/ranking?tier=x', '/routing/ranking'],
  ['GET /routing/ranking?plan=x', '/routing/ranking'],
  ['GET /routing/tiers', '/routing/tiers'],
] as const;

test.each([
  ['priced and unpriced', { catalog: { 'gpt-4o': { quality: 90 }, 'deepseek-v3.2-speciale': { quality: 99 } } }],
  ['as the seven', {}],
])('answers with models %s are as the document says, and have nothing beside', async (_what, config) => {
  const { url } = await autoBed({ config });
  const judge = new Judge(closed(await documentAt(url)), []);
  const statuses = new Set<number>();
  for (const [route, path, sent] of CALLS) {
    const { status, body } = await callApi(url, route, sent === undefined ? {} : { body: sent });
    const method = route.startsWith('GET') ? 'get' : 'post';
    expect(judge.fault(bodyPointer(`/api/v1${path}`, method, status), body), `${route} ${status}`).toBeUndefined();
    statuses.add(status);
  }
  expect(statuses).toEqual(new Set([200, 404, 409, 422]));
});

test('an estimate takes what the document allows and nothing else', async () => {
  const { url } = await autoBed();
  const document = await documentAt(url);
  const pointer = bodyPointer('/api/v1/pricing/estimate', 'post');
  const schema = dereferenced(schemaAt(document, pointer), document);
  const judge = new Judge(document, []);
  const whole = { model: 'gpt-4o', input_tokens: 1, output_tokens: 1, cached_tokens: 1 };
  const members = Object.entries(schema['properties'] as Record<string, Schema>);
  const tried = members.flatMap(([name, one]) => casesOf(one).map((value) => ({ ...whole, [name]: value })));
  for (const body of [...tried, {}, [], null, 'text', 5]) {
    const fault = judge.fault(pointer, body);
    const { status, text } = await callApi(url, 'POST /pricing/estimate', { body: JSON.stringify(body) });
    // A model that is called otherwise is not there.
    const expected = fault === undefined ? [200, 404] : [422];
    expect(expected, `${JSON.stringify(body)}: ${fault ?? 'right'}; ${status} ${text}`).toContain(status);
  }
  expect([...new Set(constraintsOf(schema))].filter((one) => !judge.refusedBy.has(one))).toEqual([]);
});

const LIST = [{ role: 'user', content: 'hello' }];

test('an explanation takes what the document allows and nothing else', async () => {
  const { url } = await autoBed();
  const document = await documentAt(url);
  const pointer = bodyPointer('/api/v1/routing/explain', 'post');
  const judge = new Judge(document, []);
  const values = [undefined, null, 'hello', 5, true, {}, [], LIST];
  const tried = values.flatMap((messages) =>
    values.flatMap((input) =>
      values.flatMap((prompt) =>
        [undefined, null, 'code', 5].map((task_type) => ({ messages, input, prompt, task_type })),
      ),
    ),
  );
  const statuses = new Map<number, number>();
  for (const body of [...tried, [], null, 'text', 5]) {
    const sent = JSON.stringify(body);
    const fault = judge.fault(pointer, JSON.parse(sent));
    const { status, text } = await callApi(url, 'POST /routing/explain', { body: sent });
    expect(status, `${sent}: ${fault ?? 'right'}; ${text}`).toBe(fault === undefined ? 200 : 422);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  expect(Math.min(statuses.get(200) ?? 0, statuses.get(422) ?? 0)).toBeGreaterThan(100);
}, 60_000);
