import { hash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { App } from '../../proxy/index.ts';
import { startApp } from './bed.ts';
import { jsonOf, send, type RawAnswer } from './http.ts';
import { bytewise, startUpstream, streamPieces, type Answer, type Upstream } from './upstream.ts';

/** Padding, pings, unknown members and events: as the real API sends them, and what it may send tomorrow. */
const MESSAGE_EVENTS = [
  'event: message_start\ndata: {"type":"message_start","message":{"model":"claude","id":"msg_01","type":"message","role":"assistant","content":[],"stop_reason":null,"usage":{"input_tokens":3,"output_tokens":1},"new":1.0}   }\n\n',
  'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n',
  'event: ping\ndata: {"type": "ping"}\n\n',
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"wörld"}            }\n\n',
  'event: tomorrow\ndata: {"type":"tomorrow"}\n\n',
  'event: content_block_stop\ndata: {"type":"content_block_stop","index":0        }\n\n',
  'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":3,"output_tokens":7}  }\n\n',
  'event: message_stop\ndata: {"type":"message_stop"     }\n\n',
].join('');
const MESSAGE =
  '{"model":"claude","id":"msg_02","type":"message","role":"assistant","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":1},"new":1.0}';

const CHUNKS = [
  '{"candidates": [{"content": {"parts": [{"text": "Hel"}],"role": "model"},"index": 0}],"usageMetadata": {"promptTokenCount": 2,"totalTokenCount": 2},"responseId": "r","new": 1.0}',
  '{"candidates": [{"content": {"parts": [{"text": "lo"}],"role": "model"},"finishReason": "STOP","index": 0}],"usageMetadata": {"promptTokenCount": 2,"candidatesTokenCount": 3,"totalTokenCount": 5},"responseId": "r"}',
];
const GEMINI_EVENTS = CHUNKS.map((chunk) => `data: ${chunk}\r\n\r\n`).join('');
const GEMINI =
  '{\n  "candidates": [\n    {\n      "content": {"parts": [{"text": "hi"}], "role": "model"},\n      "finishReason": "STOP"\n    }\n  ],\n  "new": 1.0\n}\n';

interface Case {
  readonly name: string;
  readonly provider: string;
  readonly base: string;
  readonly path: string;
  readonly asked: string;
  readonly body: object;
  readonly answer: string;
  readonly type: string;
}

const ASK = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] };
const CONTENTS = { contents: [{ parts: [{ text: 'hi' }] }] };
const anthropic = { provider: 'anthropic', base: '', path: '/v1/messages', asked: '/v1/messages' };
const gemini = { provider: 'gemini', base: '', body: CONTENTS };
const JSON_TYPE = 'application/json; charset=UTF-8';

const CASES: readonly Case[] = [
  { ...anthropic, name: 'a message', body: ASK, answer: MESSAGE, type: 'application/json' },
  {
    ...anthropic,
    name: 'a message stream',
    body: { ...ASK, stream: true },
    answer: MESSAGE_EVENTS,
    type: 'text/event-stream; charset=utf-8',
  },
  {
    ...gemini,
    name: 'generateContent',
    path: '/v1beta/models/m:generateContent',
    asked: '/v1beta/models/m:generateContent',
    answer: GEMINI,
    type: JSON_TYPE,
  },
  {
    ...gemini,
    name: 'streamGenerateContent',
    path: '/v1beta/models/m:streamGenerateContent?alt=sse',
    asked: '/v1beta/models/m:streamGenerateContent?alt=sse',
    answer: GEMINI_EVENTS,
    type: 'text/event-stream; charset=utf-8',
  },
];

/** A proxy whose model `m` has one endpoint at the upstream. */
async function proxyTo({ port }: Upstream, provider: string, fields: object = {}): Promise<App> {
  const endpoint = { name: 'e', provider, base_url: `http://127.0.0.1:${port}`, api_key: 'key-of-endpoint', ...fields };
  const app = await startApp({ models: { m: { endpoints: [endpoint] } } });
  onTestFinished(() => app.close());
  return app;
}

const digest = ({ body }: Pick<RawAnswer, 'body'>): string => hash('sha256', body, 'hex');
const cacheOf = ({ headers }: RawAnswer): string => String(headers['x-llmproxy-cache']);

test.each(CASES)('$name: miss, joined and hit are the bytes of the endpoint', async (one) => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const answer: Answer = async (response) => {
    await held;
    if (one.type.startsWith('text/event-stream')) {
      await streamPieces(response, bytewise(Buffer.from(one.answer)));
      return;
    }
    response.writeHead(200, { 'content-type': one.type }).end(one.answer);
  };
  await using upstream = await startUpstream(answer);
  const app = await proxyTo(upstream, one.provider);
  const ask = (): Promise<RawAnswer> => send(`${app.url}${one.path}`, { body: one.body });
  const running = [ask(), ask()];
  while (upstream.requests.length === 0) await turn();
  // What comes later is answered: the second request was received before.
  for (let asked = 0; asked < 3; asked += 1) await send(`${app.url}/health`, { method: 'GET' });
  release();
  const answers = [...(await Promise.all(running)), await ask()];
  expect(answers.map(cacheOf).toSorted((a, b) => a.localeCompare(b))).toEqual(['hit', 'joined', 'miss']);
  expect(answers.map(digest)).toEqual(answers.map(() => hash('sha256', one.answer, 'hex')));
  expect(answers.map(({ headers }) => headers['content-type'])).toEqual(answers.map(() => one.type));
  expect(upstream.requests.map(({ url, body }) => [url, body.toString()])).toEqual([
    [one.asked, JSON.stringify(one.body)],
  ]);
});

test('a stream that was recorded answers a unary request, and the other way round', async () => {
  const answer: Answer = (response, { url }) => {
    const stream = url.includes('stream') || url.endsWith('/messages');
    const bytes = url.includes('messages') ? MESSAGE_EVENTS : stream ? GEMINI_EVENTS : GEMINI;
    response.writeHead(200, { 'content-type': stream ? 'text/event-stream' : JSON_TYPE }).end(bytes);
  };
  await using upstream = await startUpstream(answer);
  const messages = await proxyTo(upstream, 'anthropic');
  await send(`${messages.url}/v1/messages`, { body: { ...ASK, stream: true } });
  const whole = await send(`${messages.url}/v1/messages`, { body: ASK });
  expect([cacheOf(whole), jsonOf(whole)]).toMatchObject([
    'hit',
    { content: [{ type: 'text', text: 'wörld' }], new: 1 },
  ]);
  const contents = await proxyTo(upstream, 'gemini');
  await send(`${contents.url}/v1beta/models/m:generateContent`, { body: CONTENTS });
  const stream = await send(`${contents.url}/v1beta/models/m:streamGenerateContent?alt=sse`, { body: CONTENTS });
  expect([cacheOf(stream), stream.headers['content-type']]).toEqual(['hit', 'text/event-stream; charset=utf-8']);
  expect(stream.body.toString()).toMatch(/^data: \{"candidates":\[.*"hi".*\}\r\n\r\n$/);
});

test('without alt=sse a stream is an array of the same answer objects: miss, hit and what was recorded as events', async () => {
  await using upstream = await startUpstream((response) =>
    streamPieces(response, bytewise(Buffer.from(GEMINI_EVENTS))),
  );
  const app = await proxyTo(upstream, 'gemini');
  const path = `${app.url}/v1beta/models/m:streamGenerateContent`;
  const answers = [await send(path, { body: CONTENTS }), await send(path, { body: CONTENTS })];
  const other = { contents: [{ parts: [{ text: 'other' }] }] };
  await send(`${path}?alt=sse`, { body: other });
  answers.push(await send(path, { body: other }));
  expect(answers.map(cacheOf)).toEqual(['miss', 'hit', 'hit']);
  for (const { body, headers } of answers) {
    expect(body.toString()).toBe(`[${CHUNKS.join(',\r\n')}]`);
    expect(headers['content-type']).toBe(JSON_TYPE);
  }
  expect(upstream.requests.map(({ url }) => url)).toEqual(
    Array.from({ length: 2 }, () => '/v1beta/models/m:streamGenerateContent?alt=sse'),
  );
});

test('a stream that breaks off ends with an error of its family and a cut connection', async () => {
  await using upstream = await startUpstream((response, { url }) => {
    const bytes = url.includes('messages') ? MESSAGE_EVENTS.slice(0, 700) : GEMINI_EVENTS.slice(0, 200);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(bytes, () => response.destroy());
  });
  const messages = await send(`${(await proxyTo(upstream, 'anthropic')).url}/v1/messages`, {
    body: { ...ASK, stream: true },
  });
  expect(messages.broken).toBe(true);
  expect(messages.body.toString()).toMatch(
    /\n\nevent: error\ndata: \{"type":"error","error":\{"type":"api_error",.*\}\n\n$/,
  );
  const path = `${(await proxyTo(upstream, 'gemini')).url}/v1beta/models/m:streamGenerateContent`;
  const events = await send(`${path}?alt=sse`, { body: CONTENTS });
  expect([events.broken, events.body.toString()]).toEqual([
    true,
    expect.stringMatching(/\r\n\r\ndata: \{"error":\{"code":502,.*\}\r\n\r\n$/),
  ]);
  const array = await send(path, { body: CONTENTS });
  expect(array.broken).toBe(true);
  expect(jsonOf({ body: array.body })).toMatchObject([{ responseId: 'r' }, { error: { status: 'UNAVAILABLE' } }]);
});

test('a Gemini stream that ends without finishReason is cut, one that breaks off behind it is not kept', async () => {
  const cut = `data: ${CHUNKS[0]}\r\n\r\n`;
  let answers = 0;
  await using upstream = await startUpstream((response) => {
    answers += 1;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (answers === 1) response.end(cut);
    else response.write(GEMINI_EVENTS, () => response.destroy());
  });
  const app = await proxyTo(upstream, 'gemini');
  const ask = (): Promise<RawAnswer> =>
    send(`${app.url}/v1beta/models/m:streamGenerateContent?alt=sse`, { body: CONTENTS });
  for (const answer of [await ask(), await ask(), await ask()]) {
    expect([answer.broken, cacheOf(answer)]).toEqual([true, 'miss']);
    expect(answer.body.toString()).toContain('STREAM_INTERRUPTED');
  }
});
