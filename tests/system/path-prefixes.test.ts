import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { chat, collect, nonce, textOf } from './ask.ts';
import { startBed } from './bed.ts';
import { send } from './http.ts';
import { startUpstream } from './upstream.ts';

test.each(['', '/v1'])('a client whose base URL ends in %j has every operation', async (prefix) => {
  await using bed = await startBed();
  const client = new OpenAI({ baseURL: `${bed.url}${prefix}`, apiKey: 'sk-client', maxRetries: 0 });
  const word = nonce();
  expect((await client.chat.completions.create(chat('2+2'))).choices[0]?.message.content).toBe('4');
  expect(textOf(await collect(await client.chat.completions.create({ ...chat(word), stream: true })))).toContain(word);
  const response = await client.responses.create({ model: 'gpt-4o-mini', input: '2+2' });
  expect(response.output_text).toBe('4');
  expect((await client.responses.stream({ model: 'gpt-4o-mini', input: word }).finalResponse()).output_text).toContain(
    word,
  );
  expect((await client.responses.retrieve(response.id)).id).toBe(response.id);
  expect((await client.responses.inputItems.list(response.id)).data).toHaveLength(1);
  await client.responses.delete(response.id);
  expect((await client.embeddings.create({ model: 'gpt-4o-mini', input: 'x' })).data).toHaveLength(1);
  expect((await client.completions.create({ model: 'gpt-4o-mini', prompt: '2+2' })).choices[0]?.text).toBe('4');
  expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['gpt-4o-mini', 'auto']);
  expect((await client.models.retrieve('gpt-4o-mini')).id).toBe('gpt-4o-mini');
  const paths = new Set((await bed.requests()).map(({ path }) => path.split('/').slice(0, 3).join('/')));
  expect([...paths].every((path) => path.startsWith('/v1/'))).toBe(true);
});

test('both ways find the same entry', async () => {
  await using bed = await startBed();
  const miss = await send(`${bed.url}/v1/chat/completions`, { body: chat('hi') });
  const hit = await send(`${bed.url}/chat/completions`, { body: chat('hi') });
  expect([miss, hit].map(({ headers }) => headers['x-llmproxy-cache'])).toEqual(['miss', 'hit']);
});

test.each(['base_url with /v1', 'base_url without /v1', 'base_url with a slash at its end'])(
  'an endpoint may have its %s',
  async (form) => {
    await using source = await startBed();
    const { url, baseURL } = source.mock;
    const base = form.includes('without') ? url : form.includes('slash') ? `${baseURL}/` : baseURL;
    await using bed = await startBed({ mocks: 1, endpoints: [{ base_url: base }] });
    expect((await bed.client().chat.completions.create(chat('2+2'))).choices[0]?.message.content).toBe('4');
    expect((await source.requests()).map(({ path }) => path)).toEqual(['/v1/chat/completions']);
  },
);

test.each(['/inference', '/serving-endpoints/', ''])(
  'an endpoint whose address ends in %j and is exact is asked below that address',
  async (path) => {
    const body =
      '{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}';
    await using upstream = await startUpstream((response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    });
    const base_url = `http://127.0.0.1:${upstream.port}${path}`;
    await using bed = await startBed({ endpoints: [{ base_url, base_url_exact: true }] });
    await bed.client().chat.completions.create(chat('hi'));
    expect(upstream.requests.map(({ url }) => url)).toEqual([`${path.replace(/\/$/, '')}/chat/completions`]);
  },
);

test('a model name with slashes and odd characters can be retrieved', async () => {
  const name = 'meta/llama 3:8b+é';
  await using bed = await startBed({
    moreModels: ([mock]) => ({
      [name]: { endpoints: [{ provider: 'openai', base_url: mock!.baseURL, api_key: 'x' }] },
    }),
  });
  expect((await bed.client().models.retrieve(name)).id).toBe(name);
  expect((await bed.client().chat.completions.create(chat('hi', { model: name }))).choices).toHaveLength(1);
  expect((await bed.requests())[0]?.model).toBe(name);
});

test('any other name goes to the * model, unchanged', async () => {
  await using bed = await startBed({
    moreModels: ([mock]) => ({
      '*': { endpoints: [{ provider: 'openai', base_url: mock!.baseURL, api_key: 'sk-any' }] },
    }),
  });
  await bed.client().chat.completions.create(chat('hi', { model: 'gpt-unheard-of' }));
  const [seen] = await bed.requests();
  expect(seen).toMatchObject({ model: 'gpt-unheard-of', headers: { authorization: 'Bearer sk-any' } });
});

test('a public name may be another one at the endpoint, and the rest of the body stays as it was', async () => {
  await using bed = await startBed({ endpoints: [{ model: 'gpt-4o-2024-08-06' }] });
  const body = '{ "model" : "gpt-4o-mini" ,"messages":[{"role":"user","content":"model"}], "temperature":0.0 }';
  const answer = await send(`${bed.url}/v1/chat/completions`, { body });
  expect(answer.status).toBe(200);
  expect((await bed.requests())[0]).toMatchObject({ model: 'gpt-4o-2024-08-06', body: { temperature: 0 } });
});

test.each(['HEAD', 'OPTIONS', 'TRACE'])('%s is answered and harms no other request', async (method) => {
  await using bed = await startBed();
  const answer = await send(`${bed.url}/v1/chat/completions`, { method });
  expect(answer.status).toBeGreaterThanOrEqual(200);
  expect((await bed.client().chat.completions.create(chat('2+2'))).choices[0]?.message.content).toBe('4');
});
