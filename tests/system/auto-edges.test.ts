import { ResponsesWS } from 'openai/resources/responses/ws';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Talk } from '../conformance/sockets.ts';
import { ask, expectOk, pickOf, requestOf } from './auto-ask.ts';
import { autoBed, SEVEN_MODELS, type AutoBed, type SevenModel } from './auto-bed.ts';
import { GOVERNED, newVirtualKey } from './auto-calls.ts';
import { clientOf } from './bed.ts';
import { openSocket, postText, send } from './http.ts';

const [FIRST, SECOND] = SEVEN_MODELS as [SevenModel, SevenModel];
const HARD = 'Debug this distributed system architecture';
const HARD_MODEL = 'deepseek-v3.2-speciale';

describe('a WebSocket of the Responses API', () => {
  function talkTo(bed: AutoBed): { talk: Talk; create: (body: object) => void } {
    const ws = new ResponsesWS(clientOf(bed.url));
    const talk = new Talk();
    ws.on('event', (event) => talk.push(event));
    ws.on('error', () => undefined);
    onTestFinished(() => ws.close());
    return { talk, create: (body) => ws.send({ type: 'response.create', model: 'auto', ...body } as never) };
  }

  test('each request is picked for by itself, and what goes on stays with its model', async () => {
    const bed = await autoBed();
    const { talk, create } = talkTo(bed);
    create({ input: 'hello' });
    const first = await talk.next('response.completed');
    create({ input: HARD });
    await talk.next('response.completed', 2);
    const { id } = (first as unknown as { response: { id: string } }).response;
    create({ input: HARD, previous_response_id: id });
    await talk.next('response.completed', 3);
    const names = await Promise.all(
      ([FIRST, HARD_MODEL] as const).map(async (model) => (await bed.requests(model)).length > 0),
    );
    expect(names).toEqual([true, true]);
    const frames = (await bed.requests(FIRST)).flatMap(({ frames: seen = [] }) => seen);
    const sent = frames.filter(({ from }) => from === 'client').map(({ event }) => event as { model: string });
    expect(sent.map(({ model }) => model)).toEqual([FIRST, FIRST]);
  });
});

describe('other ways to say auto', () => {
  test('a deployment of an Azure client, and OpenAI’s API below Gemini’s', async () => {
    const bed = await autoBed();
    const { body } = requestOf('chat', HARD);
    for (const path of [
      '/openai/deployments/auto/chat/completions?api-version=2024-10-21',
      '/v1beta/openai/chat/completions',
      '/openai/v1/chat/completions',
      '/chat/completions',
    ]) {
      const answer = expectOk(await send(bed.url + path, { body }));
      expect([path, pickOf(answer)['model']]).toEqual([path, HARD_MODEL]);
    }
  });

  test('an alias of the key', async () => {
    const bed = await autoBed({ config: GOVERNED });
    const headers = await newVirtualKey(bed.url, { model_aliases: { best: 'auto' } });
    const answer = expectOk(await ask(bed.url, HARD, { headers, model: 'best' }));
    expect(pickOf(answer)).toMatchObject({ model: HARD_MODEL });
    const named = expectOk(await ask(bed.url, HARD, { headers, model: HARD_MODEL }));
    expect(named.headers['x-llmproxy-cache']).toBe('hit');
    expect(await bed.called()).toEqual([HARD_MODEL]);
  });

  test('a name that only begins so is another one', async () => {
    const bed = await autoBed();
    for (const model of ['auto-2', 'Auto', 'openai/auto', 'auto ']) {
      const answer = await ask(bed.url, 'hello', { model });
      expect([model, answer.status]).toEqual([model, 404]);
    }
  });
});

test('a client that waits hears comments while models fail, and then one stream', async () => {
  const bed = await autoBed({ config: { server: { stream_keepalive: '50ms' } } });
  await bed.mocks[FIRST].fault({ fault: 'cut-first' });
  await bed.mocks[SECOND].fault({ fault: 'delay;ms=400' });
  const { path, body } = requestOf('chat', 'hello', { stream: true });
  const socket = openSocket(bed.url);
  socket.write(postText(path, body));
  await socket.until('[DONE]');
  const text = socket.received().toString();
  socket.leave();
  expect(text).toContain(': keep-alive');
  expect(text.match(/"role":"assistant"/g)).toHaveLength(1);
  expect(await bed.called()).toEqual([FIRST, SECOND]);
});

test('equal requests at one moment cost one call at each model, also over a failover', async () => {
  const bed = await autoBed({ model: { routing: { allowed_fails: 1000 } } });
  await bed.mocks[FIRST].fault({ fault: 'server-error' });
  await bed.mocks[SECOND].fault({ fault: 'delay;ms=300' });
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(bed.url, 'hello')));
  expect(new Set(answers.map(({ body }) => body.toString())).size).toBe(1);
  expect(new Set(answers.map((answer) => pickOf(answer)['model']))).toEqual(new Set([SECOND]));
  expect(await bed.requests(SECOND)).toHaveLength(1);
});

describe('a body that is odd', () => {
  test.each([
    ['no message of the user', { messages: [{ role: 'system', content: HARD }] }],
    ['an empty list', { messages: [] }],
    ['content that is null', { messages: [{ role: 'user', content: null }] }],
    ['content that is a number', { messages: [{ role: 'user', content: 5 }] }],
    ['parts that are none', { messages: [{ role: 'user', content: [null, 1, 'x', []] }] }],
    ['messages that are text', { messages: 'hello' }],
    ['tools that are none', { tools: 'x', messages: [{ role: 'user', content: 'hello' }] }],
    ['limits that are none', { max_tokens: -1, messages: [{ role: 'user', content: 'hello' }] }],
  ])('%s: an answer, or an error of the client, never one of the proxy', async (_what, more) => {
    const bed = await autoBed();
    const answer = await ask(bed.url, '', { more });
    expect([200, 400, 422]).toContain(answer.status);
    expect(bed.log.join('')).not.toContain('"level":"error"');
  });

  test('headers that are long, empty or double', async () => {
    const bed = await autoBed();
    for (const value of ['', ' ', 'x'.repeat(2_000), 'heavy, complex', '__proto__', 'constructor']) {
      const headers = { 'x-llmproxy-tier': value, 'x-llmproxy-task': value, 'x-llmproxy-model-hint': value };
      const answer = expectOk(await ask(bed.url, 'hello', { headers: { ...headers, 'x-llmproxy-vision': value } }));
      expect(pickOf(answer)).toMatchObject({ model: FIRST, tier: 'micro' });
    }
  });
});

test('what clients say to the proxy does not go upstream', async () => {
  const bed = await autoBed();
  const headers = {
    'x-llmproxy-tier': 'micro',
    'x-atom-tier': 'micro',
    'x-llmproxy-task': 'chat',
    'x-atom-intent': 'chat',
    'x-llmproxy-model-hint': FIRST,
    'x-atom-model': FIRST,
    'x-llmproxy-vision': 'route',
  };
  expectOk(await ask(bed.url, 'hello', { headers }));
  const [seen] = await bed.requests(FIRST);
  const names = Object.keys(seen!.headers);
  expect(names.filter((name) => Object.hasOwn(headers, name))).toEqual([]);
});
