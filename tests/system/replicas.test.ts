import { expect, test } from 'vitest';
import { needsMock } from '../setup/needs.ts';
import { chat, nonce, sharedRedis } from './ask.ts';
import { startBed, type Bed } from './bed.ts';
import { startPair, type Pair } from './redis-pair.ts';

const twoReplicas = (model: object): Promise<Pair> => startPair({ redis: sharedRedis() }, model);

/** As many requests as there are endpoints: replicas begin their turns anywhere. */
async function askEach(bed: Bed): Promise<(string | null)[]> {
  const [one, other] = [await ask(bed), await ask(bed)];
  return [one.endpoint, other.endpoint];
}

async function ask(bed: Bed, content = nonce()): Promise<{ endpoint: string | null; cache: string | null }> {
  const { response } = await bed.client().chat.completions.create(chat(content)).withResponse();
  const { headers } = response;
  return { endpoint: headers.get('x-llmproxy-endpoint'), cache: headers.get('x-llmproxy-cache') };
}

function stateOfA(bed: Bed): () => Promise<string> {
  return async () => (await bed.stats()).endpoints[0]!.state;
}

test('what one replica was told with 429 the other one knows, and does not ask', async (context) => {
  needsMock(context);
  await using replicas = await twoReplicas({});
  const { first, second } = replicas;
  await first.mocks[0]!.fault({ fault: { kind: 'status', status: 429, headers: { 'retry-after': '60' } } });
  expect(await askEach(first)).toEqual(['gpt-4o-mini/b', 'gpt-4o-mini/b']);
  await expect.poll(stateOfA(second)).toBe('ejected');
  for (let turn = 0; turn < 4; turn += 1) expect((await ask(second)).endpoint).toBe('gpt-4o-mini/b');
  expect(await first.mocks[0]!.requests()).toHaveLength(1);
});

test('of what one replica met in one operation, the other one’s other operations take no note', async (context) => {
  needsMock(context);
  await using replicas = await twoReplicas({});
  const { first, second } = replicas;
  await first.mocks[0]!.fault({
    match: { operation: 'chat.completions' },
    fault: { kind: 'status', status: 429, headers: { 'retry-after': '60' } },
  });
  await askEach(first);
  await expect.poll(stateOfA(second)).toBe('ejected');
  expect((await second.stats()).endpoints[0]).toMatchObject({ operations_out: [{ name: 'chat.completions' }] });
  const seen = new Set<string | null>();
  for (let turn = 0; turn < 4; turn += 1) {
    const request = { model: 'gpt-4o-mini', input: nonce() };
    seen.add(
      (await second.client().embeddings.create(request).withResponse()).response.headers.get('x-llmproxy-endpoint'),
    );
  }
  expect(seen).toEqual(new Set(['gpt-4o-mini/a', 'gpt-4o-mini/b']));
});

test('a replica that starts later knows it as well', async (context) => {
  needsMock(context);
  const config = { redis: sharedRedis() };
  await using first = await startBed({ mocks: 2, config, model: { routing: { allowed_fails: 1, cooldown: '1h' } } });
  await first.mocks[0]!.fault({ fault: { kind: 'status', status: 500 } });
  await askEach(first);
  await expect.poll(stateOfA(first)).toBe('ejected');
  const endpoints = first.mocks.map(({ baseURL }) => ({ base_url: baseURL }));
  await using late = await startBed({ mocks: 2, config, endpoints, model: { routing: { cooldown: '1h' } } });
  await expect.poll(stateOfA(late)).toBe('ejected');
  expect((await ask(late)).endpoint).toBe('gpt-4o-mini/b');
});

test('what one replica found well again the other one uses again', async (context) => {
  needsMock(context);
  await using replicas = await twoReplicas({ routing: { allowed_fails: 1, cooldown: '300ms' } });
  const { first, second } = replicas;
  await first.mocks[0]!.fault({ times: 1, fault: { kind: 'status', status: 500 } });
  await askEach(first);
  await expect.poll(stateOfA(second)).toBe('ejected');
  await expect.poll(async () => (await ask(first)).endpoint, { timeout: 10_000 }).toBe('gpt-4o-mini/a');
  await expect.poll(stateOfA(second)).toBe('admitting');
});

test('an answer that one replica stored the other one replays, in both shapes', async (context) => {
  needsMock(context);
  await using replicas = await twoReplicas({});
  const { first, second } = replicas;
  const word = nonce();
  const streamed = await first.client().chat.completions.stream(chat(word)).finalChatCompletion();
  await expect
    .poll(async () => {
      const options = { headers: { 'cache-control': 'only-if-cached' } };
      return second
        .client()
        .chat.completions.create(chat(word), options)
        .then(
          ({ id }) => id,
          () => undefined,
        );
    })
    .toBe(streamed.id);
  const again = await second.client().chat.completions.stream(chat(word)).finalChatCompletion();
  expect(again).toEqual(streamed);
  expect(await first.requests()).toHaveLength(1);
});
