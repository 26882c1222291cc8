import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { chat } from './ask.ts';
import { clientOf, startApp } from './bed.ts';
import { openSocket, postText, send } from './http.ts';
import { modelsAt, startUpstream, type Upstream } from './upstream.ts';

const COMMENT = ': keep-alive\n\n';
const part = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const FIRST = part({ role: 'assistant', content: 'hi' });
const REST = `${part({}, 'stop')}data: [DONE]\n\n`;
const stream = { ...chat('hi'), stream: true } as const;

/** An endpoint that answers when the test says so, and how. */
interface Held extends Upstream {
  /** Resolves with the next request's answer, to be written by the test. */
  asked(): Promise<ServerResponse>;
}

async function heldUpstream(): Promise<Held> {
  const waiting: ServerResponse[] = [];
  let wake = (): void => undefined;
  const upstream = await startUpstream((response) => {
    waiting.push(response);
    wake();
  });
  const asked = async (): Promise<ServerResponse> => {
    while (waiting.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return waiting.shift()!;
  };
  return { ...upstream, asked };
}

function proxyOf(upstreams: readonly Upstream[], model: object = {}) {
  return startApp({ ...modelsAt(upstreams, model), server: { stream_keepalive: '50ms' } });
}

function begin(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(text);
}

function fail(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ error: { message: 'Not now.', type: 'busy', code: 'try_later' } }));
}

test('a waiting client hears something, the comments stand between whole events, and none of them is recorded', async () => {
  await using upstream = await heldUpstream();
  const app = await proxyOf([upstream]);
  const socket = openSocket(app.url);
  socket.write(postText('/v1/chat/completions', stream));
  const response = await upstream.asked();
  await socket.until(COMMENT);
  begin(response, FIRST.slice(0, 20));
  response.write(FIRST.slice(20));
  await socket.until('"content":"hi"');
  const before = socket.received().toString();
  await expect.poll(() => socket.received().toString().slice(before.length)).toContain(COMMENT);
  response.end(REST);
  await socket.until('[DONE]');
  const whole = socket.received().toString();
  socket.leave();
  expect(whole).toContain('HTTP/1.1 200 OK');
  expect(whole).toContain('cache-control: no-cache, no-transform');
  expect(whole).not.toContain('x-llmproxy-endpoint');
  expect(whole).toContain(FIRST);
  const replay = await send(`${app.url}/v1/chat/completions`, { body: stream });
  const json = await send(`${app.url}/v1/chat/completions`, { body: chat('hi') });
  await app.close();
  expect(replay.body.toString()).toBe(FIRST + REST);
  expect(replay.headers).toMatchObject({
    'x-llmproxy-cache': 'hit',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  });
  expect(json.headers['cache-control']).toBeUndefined();
  expect(JSON.parse(json.body.toString()).choices[0].message.content).toBe('hi');
});

test('the comment commits to no endpoint: another one still answers, and the official SDK reads it', async () => {
  await using a = await heldUpstream();
  await using b = await heldUpstream();
  const app = await proxyOf([a, b], { strategy: 'round-robin' });
  const answer = await clientOf(app.url).chat.completions.create(stream);
  fail(await a.asked(), 500);
  const second = await b.asked();
  begin(second, FIRST);
  second.end(REST);
  let text = '';
  for await (const { choices } of answer) text += choices[0]?.delta.content ?? '';
  await app.close();
  expect(text).toBe('hi');
});

test('a failure behind a comment reaches the SDK as an error with code, status and retry_after', async () => {
  await using upstream = await heldUpstream();
  const app = await proxyOf([upstream]);
  const answer = await clientOf(app.url).chat.completions.create(stream);
  fail(await upstream.asked(), 429, { 'retry-after': '7' });
  const read = async (): Promise<void> => {
    for await (const _event of answer);
  };
  await expect(read()).rejects.toMatchObject({
    code: 'try_later',
    error: { message: 'Not now.', type: 'busy', status: 429, retry_after: 7 },
  });
  await app.close();
});

test('an error of the proxy behind a comment is an event too', async () => {
  await using upstream = await heldUpstream();
  const app = await proxyOf([upstream], { routing: { timeouts: { first_content: '400ms' } } });
  const answer = await send(`${app.url}/v1/responses`, { body: { model: 'gpt-4o-mini', input: 'hi', stream: true } });
  await app.close();
  expect(answer).toMatchObject({ status: 200, broken: true });
  const text = answer.body.toString();
  expect(text.startsWith(COMMENT)).toBe(true);
  expect(text).toContain('event: error\n');
  expect(text).toContain('"code":"upstream_timeout"');
  expect(text).toContain('"status":504');
});

test('a request for JSON hears nothing before its answer, also when it has joined a stream', async () => {
  await using upstream = await heldUpstream();
  const app = await proxyOf([upstream]);
  const socket = openSocket(app.url);
  socket.write(postText('/v1/chat/completions', stream));
  const response = await upstream.asked();
  const json = send(`${app.url}/v1/chat/completions`, { body: chat('hi') });
  await socket.until(COMMENT);
  begin(response, FIRST);
  response.end(REST);
  const answer = await json;
  await socket.until('[DONE]');
  socket.leave();
  await app.close();
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json']);
  expect(answer.body.toString()).not.toContain('keep-alive');
  expect(upstream.requests).toHaveLength(1);
});

test('a stream client that has joined an answer of one piece hears comments until it is converted', async () => {
  await using upstream = await heldUpstream();
  const app = await proxyOf([upstream]);
  const json = send(`${app.url}/v1/chat/completions`, { body: chat('hi') });
  const response = await upstream.asked();
  const socket = openSocket(app.url);
  socket.write(postText('/v1/chat/completions', stream));
  await socket.until(COMMENT);
  response.writeHead(200, { 'content-type': 'application/json' });
  const choices = [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }];
  response.end(JSON.stringify({ id: 'c1', object: 'chat.completion', created: 1, model: 'm', choices }));
  await socket.until('[DONE]');
  expect(socket.received().toString()).toContain('hello');
  socket.leave();
  expect((await json).status).toBe(200);
  await app.close();
  expect(upstream.requests).toHaveLength(1);
});
