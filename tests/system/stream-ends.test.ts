import { createServer, type AddressInfo, type Socket } from 'node:net';
import OpenAI, { APIError } from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bytes, chunk, completion, DONE, RESPONSE, STREAM } from './answers.ts';
import { chat, collect, nonce } from './ask.ts';
import { clientOf, startApp } from './bed.ts';
import { errorOf, send } from './http.ts';
import { modelsAt, startUpstream } from './upstream.ts';

type Ending = 'chunked' | 'broken' | 'until close';

/** An endpoint that ends its streams at a byte, in one of the ways in which bodies end. */
let cut: { at: number; how: Ending } = { at: 0, how: 'chunked' };
let url = '';
let client: OpenAI;
const closing: (() => Promise<unknown>)[] = [];

const event = (type: string, more: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
const RESPONSES =
  event('response.created', { sequence_number: 0, response: { id: 'resp_1', status: 'in_progress', output: [] } }) +
  event('response.output_text.delta', { sequence_number: 1, item_id: 'msg_1', delta: 'Hello there 🌍' }) +
  event('response.completed', { sequence_number: 2, response: JSON.parse(RESPONSE) });

function answer(socket: Socket): void {
  let seen = '';
  socket.on('error', () => undefined);
  socket.on('data', (data: Buffer) => {
    seen += data.toString();
    if (!/\r\n\r\n[\s\S]*\}$/.test(seen)) return;
    const body = Buffer.from(seen.startsWith('POST /v1/responses') ? RESPONSES : STREAM).subarray(0, cut.at);
    seen = '';
    const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n';
    if (cut.how === 'until close') {
      socket.end(Buffer.concat([Buffer.from(`${head}\r\n`), body]));
      return;
    }
    socket.write(`${head}transfer-encoding: chunked\r\n\r\n`);
    if (body.length > 0)
      socket.write(Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')]));
    if (cut.how === 'chunked') socket.end('0\r\n\r\n');
    else socket.end();
  });
}

beforeAll(async () => {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  const app = await startApp(
    modelsAt([{ baseURL: `http://127.0.0.1:${port}/v1` }], { routing: { allowed_fails: 1000 } }),
  );
  url = app.url;
  client = clientOf(app.url);
  closing.push(
    () => app.close(),
    () => new Promise((resolve) => server.close(resolve)),
  );
});
afterAll(async () => {
  for (const close of closing) await close();
});

/** How the official client sees the stream: its end, or the kind of error. */
async function seenBy(path: 'chat' | 'responses', word: string): Promise<string> {
  try {
    if (path === 'chat') {
      const chunks = await collect(await client.chat.completions.create({ ...chat(word), stream: true }));
      return chunks.some(({ choices }) => choices[0]?.finish_reason === 'stop') ? 'whole' : 'silently short';
    }
    const events = await collect(await client.responses.create({ model: 'gpt-4o-mini', input: word, stream: true }));
    return events.at(-1)?.type === 'response.completed' ? 'whole' : 'silently short';
  } catch (error) {
    return error instanceof APIError ? 'APIError' : `${(error as Error).name}: ${(error as Error).message}`;
  }
}

async function isStored(path: 'chat' | 'responses', word: string): Promise<boolean> {
  const body = path === 'chat' ? chat(word) : { model: 'gpt-4o-mini', input: word };
  const headers = { 'cache-control': 'only-if-cached' };
  const route = path === 'chat' ? 'chat/completions' : 'responses';
  return (await send(`${url}/v1/${route}`, { body, headers })).status === 200;
}

/** Bytes from which on the answer is whole: the end of the finish chunk, or of the terminal event without its blank line. */
const WHOLE_AT: Readonly<Record<'chat' | 'responses', Readonly<Record<Ending, number>>>> = {
  chat: {
    chunked: Buffer.byteLength(STREAM) - DONE.length - 2,
    broken: Buffer.byteLength(STREAM),
    'until close': Buffer.byteLength(STREAM) - 2,
  },
  responses: {
    chunked: Buffer.byteLength(RESPONSES) - 2,
    broken: Buffer.byteLength(RESPONSES),
    'until close': Buffer.byteLength(RESPONSES) - 2,
  },
};

describe.each(['chat', 'responses'] as const)('%s', (path) => {
  test.each(['chunked', 'broken', 'until close'] as const)(
    'ended at any byte (%s) the SDK sees a whole answer or an APIError, and nothing short is stored',
    async (how) => {
      const length = Buffer.byteLength(path === 'chat' ? STREAM : RESPONSES);
      const whole = WHOLE_AT[path][how];
      const near = Array.from({ length: 18 }, (_, back) => length - back);
      const places = [...Array.from({ length: Math.ceil(length / 7) }, (_, step) => step * 7), ...near];
      for (const at of places) {
        cut = { at, how };
        const word = nonce();
        const seen = await seenBy(path, word);
        expect.soft(seen, `at ${at} of ${length}`).toBe(at >= whole ? 'whole' : 'APIError');
        const good = at === length || (path === 'chat' && at >= whole && how === 'chunked');
        if (!good || at === length) expect.soft(await isStored(path, word), `at ${at}`).toBe(good);
      }
    },
  );
});

test('a stream without its mark is given one, stored, and replayed with it', async () => {
  const text = STREAM.replace(DONE, '');
  await using upstream = await startUpstream(bytes(text, { 'content-type': 'text/event-stream' }));
  await using app = { app: await startApp(modelsAt([upstream])), [Symbol.asyncDispose]: () => app.app.close() };
  for (const cache of ['miss', 'hit']) {
    const got = await send(`${app.app.url}/v1/chat/completions`, { body: { ...chat('a'), stream: true } });
    expect([got.headers['x-llmproxy-cache'], got.body.toString(), got.broken]).toEqual([cache, STREAM, false]);
  }
});

const LIMITED = { max_tokens: 5 };
const both = (delta: object, finish: string) => ({
  stream: chunk(delta) + chunk({}, finish) + DONE,
  json: completion(delta, finish),
});

test.each([
  ['stop', both({ content: 'Hi' }, 'stop'), {}, true],
  [
    'tool calls',
    both({ tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '{}' } }] }, 'tool_calls'),
    {},
    true,
  ],
  ['eos', both({ content: 'Hi' }, 'eos'), {}, true],
  ['a limit that was asked for', both({ content: 'Hi' }, 'length'), LIMITED, true],
  ['a limit that was not asked for', both({ content: 'Hi' }, 'length'), {}, false],
  ['a filter', both({ content: 'Hi' }, 'content_filter'), LIMITED, false],
  ['want of capacity', both({ content: 'Hi' }, 'insufficient_system_resource'), LIMITED, false],
  ['a word that does not exist yet', both({ content: 'Hi' }, 'paused'), LIMITED, false],
  ['stop without content', both({ content: '' }, 'stop'), LIMITED, false],
  ['stop after reasoning alone', both({ reasoning_content: 'Hm', content: '' }, 'stop'), {}, false],
] as const)(
  'an answer that ends by %s is passed on as it is, and stored only where it is good',
  async (_what, texts, more, stored) => {
    for (const stream of [false, true]) {
      const text = stream ? texts.stream : texts.json;
      const type = stream ? 'text/event-stream' : 'application/json';
      await using upstream = await startUpstream(bytes(text, { 'content-type': type }));
      await using app = { app: await startApp(modelsAt([upstream])), [Symbol.asyncDispose]: () => app.app.close() };
      const body = { ...chat('a'), ...more, stream };
      for (const cache of ['miss', stored ? 'hit' : 'miss']) {
        const got = await send(`${app.app.url}/v1/chat/completions`, { body });
        expect
          .soft([got.status, got.body.toString(), got.headers['x-llmproxy-cache'], got.broken])
          .toEqual([200, text, cache, false]);
      }
    }
  },
);

test.each([
  ['broke off', 400, 'it broke off'],
  ['broke off', 503, 'it broke off'],
  ['is too long', 400, 'more than 256 KiB'],
] as const)('an error that %s is not shown as a whole one: %i', async (what, status, why) => {
  await using upstream = await startUpstream((response) => {
    const type = { 'content-type': 'application/json', 'retry-after': '7' };
    const long = JSON.stringify({ error: { message: 'x'.repeat(300_000), type: 'invalid_request_error' } });
    if (what === 'is too long') response.writeHead(status, type).end(long);
    else {
      response.writeHead(status, { ...type, 'content-length': '400' });
      response.write('{"error":{"message":"first half', () => response.socket?.destroy());
    }
  });
  await using app = { app: await startApp(modelsAt([upstream])), [Symbol.asyncDispose]: () => app.app.close() };
  for (const [path, body] of [
    ['chat/completions', chat(nonce())],
    ['images/generations', { model: 'gpt-4o-mini', prompt: 'a' }],
  ] as const) {
    const got = await send(`${app.app.url}/v1/${path}`, { body });
    expect([got.status, got.headers['retry-after'], got.headers['content-type']]).toEqual([
      status,
      '7',
      'application/json',
    ]);
    const { message, code } = errorOf(got);
    expect(code).toBe('upstream_error_incomplete');
    expect(message).toContain(why);
    expect(message).toContain(what === 'is too long' ? 'xxx' : 'first half');
  }
});
