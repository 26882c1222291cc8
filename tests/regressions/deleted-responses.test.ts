import { expect, test } from 'vitest';
import { chat, sharedRedis } from '../system/ask.ts';
import { MODEL, startApp, startBed } from '../system/bed.ts';
import { jsonOf, openSocket, postText, send } from '../system/http.ts';
import { modelsAt, startUpstream, type Upstream } from '../system/upstream.ts';

interface Provider extends AsyncDisposable {
  readonly upstream: Upstream;
  /** Ids of the responses that it keeps. */
  readonly kept: Set<string>;
}

/** An endpoint that makes responses, keeps them and deletes them. */
async function startProvider(): Promise<Provider> {
  const kept = new Set<string>();
  let made = 0;
  const upstream = await startUpstream((response, { method, url }) => {
    const reply = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    const id = /^\/v1\/responses\/(\w+)/.exec(url)?.[1];
    if (id === undefined) {
      made += 1;
      kept.add(`resp_${made}`);
      reply(200, responseOf(`resp_${made}`));
    } else if (!kept.has(id)) {
      reply(404, { error: { message: `Response with id '${id}' not found.`, type: 'invalid_request_error' } });
    } else if (method === 'DELETE') {
      kept.delete(id);
      reply(200, { id, object: 'response', deleted: true });
    } else reply(200, responseOf(id));
  });
  return { upstream, kept, [Symbol.asyncDispose]: () => upstream[Symbol.asyncDispose]() };
}

function responseOf(id: string): object {
  const content = [{ type: 'output_text', text: 'x', annotations: [] }];
  const output = [{ id: 'msg_1', type: 'message', role: 'assistant', status: 'completed', content }];
  const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
  return { id, object: 'response', status: 'completed', error: null, model: MODEL, output, usage };
}

async function create(url: string, input: string): Promise<{ id: unknown; cache: unknown }> {
  const answer = await send(`${url}/v1/responses`, { body: { model: MODEL, input } });
  return { id: jsonOf(answer)['id'], cache: answer.headers['x-llmproxy-cache'] };
}

function config({ upstream }: Provider, more: object = {}): object {
  return { ...modelsAt([upstream]), ...more };
}

test('a deleted response takes its entry with it', async () => {
  await using provider = await startProvider();
  const app = await startApp(config(provider));
  const first = await create(app.url, 'a');
  const other = await create(app.url, 'b');
  expect((await send(`${app.url}/v1/responses/${String(first.id)}`, { method: 'DELETE' })).status).toBe(200);
  const second = await create(app.url, 'a');
  expect(second.cache).toBe('miss');
  expect(second.id).not.toBe(first.id);
  expect((await send(`${app.url}/v1/responses/${String(second.id)}`, { method: 'GET' })).status).toBe(200);
  expect(await create(app.url, 'b')).toEqual({ id: other.id, cache: 'hit' });
  await app.close();
});

test.each([
  ['GET', ''],
  ['DELETE', ''],
  ['GET', '/input_items'],
  ['POST', '/cancel'],
])('a response that the endpoint no longer knows takes its entry with it: %s %s', async (method, path) => {
  await using provider = await startProvider();
  const app = await startApp(config(provider));
  const first = await create(app.url, 'a');
  provider.kept.clear();
  expect((await send(`${app.url}/v1/responses/${String(first.id)}${path}`, { method })).status).toBe(404);
  expect((await create(app.url, 'a')).cache).toBe('miss');
  await app.close();
});

test('a response that was only read keeps its entry', async () => {
  await using provider = await startProvider();
  const app = await startApp(config(provider));
  const first = await create(app.url, 'a');
  expect((await send(`${app.url}/v1/responses/${String(first.id)}`, { method: 'GET' })).status).toBe(200);
  expect(await create(app.url, 'a')).toEqual({ id: first.id, cache: 'hit' });
  await app.close();
});

test('what one replica deletes no other one serves', async () => {
  await using provider = await startProvider();
  const redis = sharedRedis();
  const [maker, reader, late] = [
    await startApp(config(provider, { redis })),
    await startApp(config(provider, { redis })),
    await startApp(config(provider, { redis })),
  ];
  const first = await create(maker.url, 'a');
  await expect.poll(async () => (await create(reader.url, 'a')).cache).toBe('hit');
  expect((await send(`${reader.url}/v1/responses/${String(first.id)}`, { method: 'DELETE' })).status).toBe(200);
  // `late` has nothing in its memory: what it finds is what Redis still holds.
  await expect.poll(async () => (await create(late.url, 'a')).id).not.toBe(first.id);
  await expect.poll(async () => (await create(maker.url, 'a')).id).not.toBe(first.id);
  expect((await create(reader.url, 'a')).id).not.toBe(first.id);
  await Promise.all([maker.close(), reader.close(), late.close()]);
});

test('a stored chat completion that is deleted takes its entry with it, one that is only read does not', async () => {
  await using bed = await startBed();
  const create = async (content: string): Promise<{ id: string; cache: string | null }> => {
    const { data, response } = await bed
      .client()
      .chat.completions.create(chat(content, { store: true }))
      .withResponse();
    return { id: data.id, cache: response.headers.get('x-llmproxy-cache') };
  };
  const [one, two] = [await create('one'), await create('two')];
  await bed.client().chat.completions.retrieve(two.id);
  expect(await create('one')).toEqual({ id: one.id, cache: 'hit' });
  await bed.client().chat.completions.delete(one.id);
  expect((await create('one')).cache).toBe('miss');
  expect(await create('two')).toEqual({ id: two.id, cache: 'hit' });
  // Deleted behind the proxy's back: the first who asks for it finds out.
  await send(`${bed.mock.url}/v1/chat/completions/${two.id}`, {
    method: 'DELETE',
    headers: { authorization: 'Bearer sk-endpoint-a' },
  });
  expect(await create('two')).toEqual({ id: two.id, cache: 'hit' });
  await expect(bed.client().chat.completions.retrieve(two.id)).rejects.toMatchObject({ status: 404 });
  expect((await create('two')).cache).toBe('miss');
});

test('a response that is deleted while it is made is neither joined nor stored', async () => {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  let made = 0;
  await using upstream = await startUpstream(async (response, { method }) => {
    if (method === 'DELETE') {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"id":"resp_1","object":"response","deleted":true}');
      return;
    }
    const id = `resp_${(made += 1)}`;
    const events = [
      { type: 'response.created', response: { ...responseOf(id), status: 'in_progress', output: [] } },
      { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, content_index: 0, delta: 'x' },
      { type: 'response.completed', response: responseOf(id) },
    ].map((data, index) => `event: ${data.type}\ndata: ${JSON.stringify({ ...data, sequence_number: index })}\n\n`);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(events.slice(0, 2).join(''));
    if (id === 'resp_1') await opened;
    response.end(events[2]);
  });
  const app = await startApp(modelsAt([upstream]));
  const post = async (): Promise<{ cache: unknown; id: unknown }> => {
    const answer = await send(`${app.url}/v1/responses`, { body: { model: MODEL, input: 'a', stream: true } });
    return { cache: answer.headers['x-llmproxy-cache'], id: /"id":"(resp_\d)"/.exec(answer.body.toString())?.[1] };
  };
  const reading = openSocket(app.url);
  reading.write(postText('/v1/responses', { model: MODEL, input: 'a', stream: true }));
  await reading.until('response.output_text.delta');
  expect((await send(`${app.url}/v1/responses/resp_1`, { method: 'DELETE' })).status).toBe(200);
  expect(await post()).toEqual({ cache: 'miss', id: 'resp_2' });
  open();
  await reading.until('response.completed');
  reading.leave();
  expect(await post()).toEqual({ cache: 'hit', id: 'resp_2' });
  await app.close();
});
