import type { APIError, OpenAI } from 'openai';
import { expect, test } from 'vitest';
import { needsMock } from '../setup/needs.ts';
import { sharedRedis } from './ask.ts';
import { endpointName, MODEL, startBed, type BedOptions } from './bed.ts';

const three: BedOptions = { mocks: 3, model: { strategy: 'round-robin' } };

const sealed = {
  model: MODEL,
  store: false,
  include: ['reasoning.encrypted_content' as const],
};

test('a conversation stays where its first response was made', async () => {
  await using bed = await startBed(three);
  const client = bed.client();
  const starts = [];
  for (let index = 0; index < 3; index += 1)
    starts.push(await client.responses.create({ model: MODEL, input: `start ${index}` }));
  expect(await bed.sequence()).toBe('abc');
  for (const [index, start] of starts.entries()) {
    let previous = start.id;
    for (let turn = 0; turn < 3; turn += 1) {
      const request = { model: MODEL, input: `turn ${turn}`, previous_response_id: previous };
      const { data, response } = await client.responses.create(request).withResponse();
      expect(response.headers.get('x-llmproxy-endpoint')).toBe(`${MODEL}/${endpointName(index)}`);
      previous = data.id;
    }
  }
  expect(await bed.sequence()).toBe('abcaaabbbccc');
});

test('so it does when responses are streamed, and after a hit', async () => {
  await using bed = await startBed(three);
  const client = bed.client();
  await client.responses.create({ model: MODEL, input: 'another one first' });
  const first = await client.responses.stream({ model: MODEL, input: 'hi' }).finalResponse();
  const hit = await client.responses.stream({ model: MODEL, input: 'hi' }).finalResponse();
  expect(hit.id).toBe(first.id);
  const next = client.responses.stream({ model: MODEL, input: 'go on', previous_response_id: hit.id });
  expect((await next.finalResponse()).previous_response_id).toBe(first.id);
  expect(await bed.sequence()).toBe('abb');
});

test('another proxy with the same Redis knows the owner as well', async (context) => {
  needsMock(context);
  const config = { redis: sharedRedis() };
  await using first = await startBed({ ...three, config });
  const endpoints = first.mocks.map(({ baseURL }) => ({ base_url: baseURL }));
  await using second = await startBed({ ...three, config, endpoints });
  const { id } = await first.client().responses.create({ model: MODEL, input: 'hi' });
  const owner = await first.sequence();
  for (let turn = 0; turn < 3; turn += 1) {
    await expect
      .poll(async () => {
        const request = { model: MODEL, input: `go on ${turn}`, previous_response_id: id };
        const { response } = await second.client().responses.create(request).withResponse();
        return response.headers.get('x-llmproxy-endpoint');
      })
      .toBe(`${MODEL}/${owner}`);
  }
  expect(await second.client().responses.retrieve(id)).toMatchObject({ id });
});

test('encrypted reasoning goes back to the endpoint that made it', async () => {
  await using bed = await startBed({
    ...three,
    moreModels: (mocks) => ({
      'gpt-5-mini': {
        strategy: 'round-robin',
        endpoints: mocks.map(({ baseURL }, index) => ({
          provider: 'openai',
          name: endpointName(index),
          base_url: baseURL,
          api_key: 'sk-r',
        })),
      },
    }),
  });
  const client = bed.client();
  const ask = { ...sealed, model: 'gpt-5-mini' };
  const first = await client.responses.create({ ...ask, input: 'think' });
  const reasoning = first.output.find(({ type }) => type === 'reasoning') as OpenAI.Responses.ResponseReasoningItem;
  expect(reasoning.encrypted_content).toMatch(/^gAAAAA/);
  const input = [
    { role: 'user' as const, content: 'think' },
    ...(first.output as OpenAI.Responses.ResponseInputItem[]),
  ];
  for (let turn = 0; turn < 3; turn += 1) {
    await client.responses.create({ ...ask, input: [...input, { role: 'user', content: `again ${turn}` }] });
  }
  expect(await bed.sequence()).toBe('aaaa');
});

test('the failure of the owner is what the client sees, and an owner that only failed is asked again', async () => {
  await using bed = await startBed({
    ...three,
    mocks: 2,
    model: { strategy: 'round-robin', routing: { allowed_fails: 1 } },
  });
  const client = bed.client();
  const { id } = await client.responses.create({ model: MODEL, input: 'hi' });
  await bed.mocks[0]!.fault({ times: 1, fault: { kind: 'status', status: 500 } });
  const follow = (input: string) => client.responses.create({ model: MODEL, input, previous_response_id: id });
  await expect(follow('one')).rejects.toMatchObject({ status: 500 });
  expect((await bed.stats()).endpoints[0]).toMatchObject({ state: 'ejected' });
  expect((await follow('two')).previous_response_id).toBe(id);
  expect(await bed.sequence()).toBe('aaba');
});

test('without a known owner every endpoint is asked before the client hears that nothing was found', async () => {
  await using bed = await startBed(three);
  const request = { model: MODEL, input: 'hi', previous_response_id: 'resp_unknown' };
  await expect(bed.client().responses.create(request)).rejects.toMatchObject({ code: 'previous_response_not_found' });
  expect((await bed.sequence()).split('').toSorted().join('')).toBe('abc');
});

test('asking for the owner goes beyond the number of attempts', async () => {
  await using bed = await startBed({ ...three, model: { ...three.model, routing: { attempts: 1 } } });
  const request = { model: MODEL, input: 'hi', previous_response_id: 'resp_unknown' };
  await expect(bed.client().responses.create(request)).rejects.toMatchObject({ code: 'previous_response_not_found' });
  expect(await bed.sequence()).toHaveLength(3);
});

test('endpoints of one account are asked once', async () => {
  await using bed = await startBed({
    mocks: 2,
    model: { strategy: 'round-robin' },
    moreModels: ([first, second]) => ({
      shared: {
        endpoints: [first, first, second].map((mock, index) => ({
          provider: 'openai',
          name: `e${index}`,
          base_url: mock!.baseURL,
          api_key: 'sk-one',
        })),
      },
    }),
  });
  const request = { model: 'shared', input: 'hi', previous_response_id: 'resp_unknown' };
  await expect(bed.client().responses.create(request)).rejects.toMatchObject({ status: 400 });
  expect((await bed.sequence()).split('').toSorted().join('')).toBe('ab');
});

test('a proxy that has started anew finds the owner by asking', async () => {
  await using before = await startBed(three);
  const started = [];
  for (let index = 0; index < 3; index += 1)
    started.push(await before.client().responses.create({ model: MODEL, input: `start ${index}` }));
  const endpoints = before.mocks.map(({ baseURL }) => ({ base_url: baseURL }));
  await using after = await startBed({ ...three, endpoints });
  for (const [index, { id }] of started.entries()) {
    for (let turn = 0; turn < 2; turn += 1) {
      const request = { model: MODEL, input: `turn ${turn}`, previous_response_id: id };
      const { response } = await after.client().responses.create(request).withResponse();
      expect(response.headers.get('x-llmproxy-endpoint')).toBe(`${MODEL}/${endpointName(index)}`);
    }
  }
});

test('while the owner has to be left alone, the client hears how long, and not that its response is unknown', async () => {
  await using bed = await startBed(three);
  const { id } = await bed.client().responses.create({ model: MODEL, input: 'hi' });
  const limit = { kind: 'status', status: 429, headers: { 'retry-after': '60' } } as const;
  await bed.mocks[0]!.fault({ fault: limit });
  const goOn = () => bed.client().responses.create({ model: MODEL, input: 'go on', previous_response_id: id });
  for (let turn = 0; turn < 2; turn += 1) {
    const error = await goOn().then(
      () => undefined,
      (thrown: unknown) => thrown as APIError,
    );
    expect(error).toMatchObject(turn === 0 ? { status: 429 } : { status: 503, code: 'no_endpoint_available' });
    expect(Number(error?.headers?.get('retry-after'))).toBeGreaterThan(50);
  }
});

test('an account that could not answer outweighs those that do not know the response', async () => {
  await using bed = await startBed(three);
  await bed.mocks[0]!.fault({ fault: { kind: 'status', status: 429, headers: { 'retry-after': '1' } } });
  const request = { model: MODEL, input: 'hi', previous_response_id: 'resp_unknown' };
  await expect(bed.client().responses.create(request)).rejects.toMatchObject({ status: 429 });
  expect(await bed.sequence()).toBe('abc');
});
