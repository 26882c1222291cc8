import { expect, test } from 'vitest';
import { chat } from './ask.ts';
import { startBed, type Bed, type BedOptions } from './bed.ts';

const forwarding: BedOptions = { endpoints: [{ api_key: 'forward' }] };

async function ask(bed: Bed, apiKey: string, headers: Record<string, string> = {}): Promise<string | null> {
  const client = bed.client({ apiKey, defaultHeaders: headers });
  const { response } = await client.chat.completions.create(chat('hi')).withResponse();
  return response.headers.get('x-llmproxy-cache');
}

test('where the caller’s own key is forwarded, nobody sees an answer that another key paid for', async () => {
  await using bed = await startBed(forwarding);
  const said = [
    await ask(bed, 'sk-alice'),
    await ask(bed, 'sk-bob'),
    await ask(bed, 'sk-alice'),
    await ask(bed, 'sk-bob'),
  ];
  expect(said).toEqual(['miss', 'miss', 'hit', 'hit']);
  const keys = (await bed.requests()).map(({ headers }) => headers['authorization']);
  expect(keys).toEqual(['Bearer sk-alice', 'Bearer sk-bob']);
});

test('another organisation or project of the same key is another scope', async () => {
  await using bed = await startBed(forwarding);
  const said = [
    await ask(bed, 'sk-alice'),
    await ask(bed, 'sk-alice', { 'openai-organization': 'org-1' }),
    await ask(bed, 'sk-alice', { 'openai-organization': 'org-1', 'openai-project': 'proj-1' }),
    await ask(bed, 'sk-alice', { 'openai-organization': 'org-1' }),
  ];
  expect(said).toEqual(['miss', 'miss', 'miss', 'hit']);
});

test('equal requests of two keys at the same moment do not share one call either', async () => {
  await using bed = await startBed(forwarding);
  await bed.mock.pace({ firstEventMs: 50 });
  const said = await Promise.all([ask(bed, 'sk-alice'), ask(bed, 'sk-bob'), ask(bed, 'sk-alice')]);
  expect(said.toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual(['joined', 'miss', 'miss']);
  expect(await bed.requests()).toHaveLength(2);
});

test('callers without a credential of weight share', async () => {
  await using bed = await startBed();
  expect([await ask(bed, 'sk-alice'), await ask(bed, 'sk-bob')]).toEqual(['miss', 'hit']);
  expect((await bed.requests())[0]?.headers['authorization']).toBe('Bearer sk-endpoint-a');
});

test('where the configuration says so, forwarded keys share', async () => {
  await using bed = await startBed({ ...forwarding, model: { cache: { scope: 'shared' } } });
  expect([await ask(bed, 'sk-alice'), await ask(bed, 'sk-bob')]).toEqual(['miss', 'hit']);
});

test('two configured namespaces of one Redis do not share', async () => {
  await using bed = await startBed({
    moreModels: ([mock]) => ({
      'gpt-4o': {
        cache: { namespace: 'other' },
        endpoints: [{ provider: 'openai', name: 'o', base_url: mock!.baseURL, api_key: 'sk-o', model: 'gpt-4o-mini' }],
      },
    }),
  });
  await ask(bed, 'x');
  const { response } = await bed
    .client()
    .chat.completions.create(chat('hi', { model: 'gpt-4o' }))
    .withResponse();
  expect(response.headers.get('x-llmproxy-cache')).toBe('miss');
  expect((await bed.requests()).map(({ model }) => model)).toEqual(['gpt-4o-mini', 'gpt-4o-mini']);
});
