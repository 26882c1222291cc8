import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, type Question } from './call.ts';

let server: Server;
let answer: (response: ServerResponse) => void;

beforeEach(async () => {
  server = createServer((request, response) => {
    request.resume();
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const question = (fields: Partial<Question> = {}): Question => ({
  baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
  key: 'canary-key',
  model: 'm',
  prompt: 'p',
  maxTokens: 5,
  timeoutMs: 5_000,
  signal: new AbortController().signal,
  ...fields,
});

const stream =
  (...events: (object | string)[]) =>
  (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const written = events.map((one) => `data: ${typeof one === 'string' ? one : JSON.stringify(one)}\n\n`);
    response.end(written.join(''));
  };
const delta = (fields: object, finish: string | null = null): object => ({
  choices: [{ delta: fields, finish_reason: finish }],
});

test('an answer is its pieces, its usage and its times', async () => {
  const usage = { prompt_tokens: 9, completion_tokens: 4, completion_tokens_details: { reasoning_tokens: 1 } };
  answer = stream(
    delta({ role: 'assistant' }),
    delta({ content: 'Pa' }),
    delta({ content: 'ris' }, 'stop'),
    { choices: [], usage },
    '[DONE]',
  );
  const { text, usage: read, firstTokenMs, totalMs } = await ask(question());
  expect([text, read]).toEqual(['Paris', { input: 9, output: 4, reasoning: 1 }]);
  expect(firstTokenMs).toBeGreaterThan(0);
  expect(totalMs).toBeGreaterThanOrEqual(firstTokenMs);
});

test.each<[string, (response: ServerResponse) => void, RegExp]>([
  ['an error in the stream', stream(delta({ content: 'a' }), { error: { message: 'over\nloaded' } }), /^over loaded$/],
  ['a stream that is cut', stream(delta({ content: 'a' })), /ended before the answer was complete/],
  ['what is no stream', stream('<html>'), /no stream of chat completions/],
  [
    'a refused key',
    (response) => response.writeHead(401).end('{"error":{"message":"bad key canary-key"}}'),
    /^HTTP 401: the key was refused\.$/,
  ],
  ['an error', (response) => response.writeHead(429).end('{"error":{"message":"slow down"}}'), /^HTTP 429: slow down$/],
  [
    'an error without a reason',
    (response) => response.writeHead(500).end('oops'),
    /^HTTP 500: the request failed without a reason\.$/,
  ],
  [
    'a redirect',
    (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    /^The connection failed: /,
  ],
  ['a connection that breaks', (response) => response.destroy(), /^The connection failed: /],
  [
    'an endless answer',
    (response) => response.writeHead(200).end(`data: ${'x'.repeat(9 * 1024 * 1024)}\n\n`),
    /larger than any/,
  ],
])('%s is a failure with one sentence', async (_what, given, sentence) => {
  answer = given;
  const failure = await ask(question()).catch((error: unknown) => error);
  expect(failure).toMatchObject({ name: 'CallFailure', message: expect.stringMatching(sentence) as string });
  expect(String(failure)).not.toContain('canary');
});

test('an answer that takes too long is given up', async () => {
  answer = (response) => response.writeHead(200).flushHeaders();
  await expect(ask(question({ timeoutMs: 50 }))).rejects.toThrow('No complete answer within 0.05 s.');
});

test('Ctrl-C is no failure of the call', async () => {
  const controller = new AbortController();
  answer = () => controller.abort(new Error('stopped'));
  await expect(ask(question({ signal: controller.signal }))).rejects.toThrow('stopped');
});
