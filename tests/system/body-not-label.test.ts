import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { bytes, completion, DONE, good, RESPONSE, STREAM, chunk } from './answers.ts';
import { chat, nonce, textOf, collect } from './ask.ts';
import { clientOf, startApp } from './bed.ts';
import { jsonOf, send } from './http.ts';
import { modelsAt, startUpstream, type Answer, type Upstream } from './upstream.ts';

interface Bed extends AsyncDisposable {
  readonly url: string;
  readonly first: Upstream;
  readonly second: Upstream;
}

/** A proxy before one odd endpoint, which gets the requests, and a good one for failover. */
async function bedOf(odd: Answer): Promise<Bed> {
  const [first, second] = await Promise.all([startUpstream(odd), startUpstream(good)]);
  const app = await startApp(modelsAt([first, second], {}, [1, 0]));
  return {
    url: app.url,
    first,
    second,
    async [Symbol.asyncDispose]() {
      await app.close();
      await Promise.all([first, second].map((upstream) => upstream[Symbol.asyncDispose]()));
    },
  };
}

const LABELS: readonly [string, Record<string, string | string[]>][] = [
  ['no content type', {}],
  ['application/octet-stream', { 'content-type': 'application/octet-stream' }],
  ['text/plain', { 'content-type': 'text/plain' }],
  ['text/html', { 'content-type': 'text/html; charset=utf-8' }],
  ['two content types', { 'content-type': ['text/plain', 'application/xml'] }],
];

describe.each([...LABELS, ['the label of the other shape', {}] as const])(
  'a right body labelled with %s',
  (name, headers) => {
    const other = name === 'the label of the other shape';

    test('is taken as JSON', async () => {
      await using bed = await bedOf(bytes(completion(), other ? { 'content-type': 'text/event-stream' } : headers));
      const answer = await send(`${bed.url}/v1/chat/completions`, { body: chat('hi') });
      expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json']);
      expect(answer.body.toString()).toBe(completion());
      expect(bed.second.requests).toHaveLength(0);
    });

    test('is taken as a stream, and stored', async () => {
      await using bed = await bedOf(bytes(STREAM, other ? { 'content-type': 'application/json' } : headers));
      const body = { ...chat('hi'), stream: true };
      for (const expected of ['miss', 'hit']) {
        const answer = await send(`${bed.url}/v1/chat/completions`, { body });
        expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8']);
        expect(answer.headers['x-llmproxy-cache']).toBe(expected);
        expect(answer.body.toString()).toBe(STREAM);
      }
      expect(bed.second.requests).toHaveLength(0);
    });
  },
);

describe('the other shape than was asked for', () => {
  test('a whole JSON answer becomes a stream, without usage that was not asked for, and is stored', async () => {
    await using bed = await bedOf(bytes(completion(), { 'content-type': 'application/json' }));
    const client = clientOf(bed.url);
    for (const _ of [1, 2]) {
      const chunks = await collect(await client.chat.completions.create({ ...chat('hi'), stream: true }));
      expect(textOf(chunks)).toBe('Hello there');
      expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop');
      expect(chunks.every(({ usage }) => usage === undefined || usage === null)).toBe(true);
    }
    const whole = await client.chat.completions.create(chat('hi'));
    expect(whole.choices[0]?.message.content).toBe('Hello there');
    expect(whole.usage?.total_tokens).toBe(7);
    expect(bed.first.requests).toHaveLength(1);
    const asked = await collect(
      await client.chat.completions.create({ ...chat('hi'), stream: true, stream_options: { include_usage: true } }),
    );
    expect(asked.at(-1)?.usage?.total_tokens).toBe(7);
    expect(bed.first.requests).toHaveLength(1);
  });

  test('nothing of the usage is shown where nothing is recorded either', async () => {
    await using bed = await bedOf(bytes(completion(), { 'content-type': 'application/json' }));
    const body = { ...chat('hi'), stream: true };
    const answer = await send(`${bed.url}/v1/chat/completions`, { body, headers: { 'cache-control': 'no-store' } });
    expect(answer.body.toString()).toContain(DONE);
    expect(answer.body.toString()).not.toContain('total_tokens');
  });

  test('a stream becomes a JSON answer, and is stored', async () => {
    await using bed = await bedOf(bytes(STREAM, { 'content-type': 'text/event-stream' }));
    const client = clientOf(bed.url);
    for (const _ of [1, 2]) {
      const { choices } = await client.chat.completions.create(chat('hi'));
      expect(choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'Hello there' } });
    }
    expect(textOf(await collect(await client.chat.completions.create({ ...chat('hi'), stream: true })))).toBe(
      'Hello there',
    );
    expect(bed.first.requests).toHaveLength(1);
    expect(bed.second.requests).toHaveLength(0);
  });

  test('the Responses API is converted both ways', async () => {
    await using bed = await bedOf((response, { body }) => {
      const { stream } = JSON.parse(body.toString()) as { stream?: boolean };
      if (stream === true) response.writeHead(200, { 'content-type': 'application/json' }).end(RESPONSE);
      else {
        const done = `event: response.completed\ndata: {"type":"response.completed","response":${RESPONSE}}\n\n`;
        response.writeHead(200, { 'content-type': 'text/event-stream' }).end(done);
      }
    });
    const client = clientOf(bed.url);
    const events = await collect(await client.responses.create({ model: 'gpt-4o-mini', input: 'a', stream: true }));
    expect(events.map(({ type }) => type)).toContain('response.output_text.delta');
    expect(events.at(-1)?.type).toBe('response.completed');
    const whole = await send(`${bed.url}/v1/responses`, { body: { model: 'gpt-4o-mini', input: 'b' } });
    expect(whole.body.toString()).toBe(RESPONSE);
    expect(bed.second.requests).toHaveLength(0);
  });

  test.each([
    ['an unfinished stream', chunk({ content: 'Hel' })],
    [
      'a stream that tells of an error in its middle',
      `${chunk({ content: 'Hel' })}data: {"error":{"message":"x"}}\n\n`,
    ],
  ])('%s is no JSON answer: the next endpoint gives it', async (_what, text) => {
    await using bed = await bedOf(bytes(text, { 'content-type': 'text/event-stream' }));
    const answer = await send(`${bed.url}/v1/chat/completions`, { body: chat('hi') });
    expect(answer.headers['x-llmproxy-endpoint']).toBe('gpt-4o-mini/b');
    expect(answer.body.toString()).toBe(completion());
  });

  test('embeddings are not streamed: events are a bad answer', async () => {
    await using bed = await bedOf(bytes(STREAM, { 'content-type': 'text/event-stream' }));
    await send(`${bed.url}/v1/embeddings`, { body: { model: 'gpt-4o-mini', input: 'a' } });
    expect([bed.first.requests.length, bed.second.requests.length]).toEqual([1, 1]);
  });
});

describe.each([
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
  ['deflate', deflateSync],
  ['zstd', zstdCompressSync],
] as const)('%s', (encoding, encode) => {
  test('a compressed answer is read in either shape, though none was asked for', async () => {
    await using bed = await bedOf((response, { body, headers }) => {
      expect(headers['accept-encoding']).toBe('identity');
      const { stream } = JSON.parse(body.toString()) as { stream?: boolean };
      const type = stream === true ? 'text/event-stream' : 'application/json';
      response.writeHead(200, { 'content-type': type, 'content-encoding': encoding });
      response.end(encode(stream === true ? STREAM : completion()));
    });
    for (const _ of [1, 2]) {
      const json = await send(`${bed.url}/v1/chat/completions`, { body: chat('a') });
      expect([json.headers['content-encoding'], json.body.toString()]).toEqual([undefined, completion()]);
      const stream = await send(`${bed.url}/v1/chat/completions`, { body: { ...chat('b'), stream: true } });
      expect([stream.headers['content-encoding'], stream.body.toString()]).toEqual([undefined, STREAM]);
    }
    expect([bed.first.requests.length, bed.second.requests.length]).toEqual([2, 0]);
  });

  test('a compressed error is read and shown', async () => {
    const error =
      '{"error":{"message":"The parameter is wrong.","type":"invalid_request_error","param":"x","code":"c"}}';
    await using bed = await bedOf(bytes(encode(error), { 'content-encoding': encoding }, 400));
    const answer = await send(`${bed.url}/v1/chat/completions`, { body: chat('a') });
    expect([answer.status, answer.body.toString()]).toEqual([400, error]);
    const passed = await send(`${bed.url}/v1/images/generations`, { body: { model: 'gpt-4o-mini', prompt: 'a' } });
    expect([passed.status, passed.body.toString()]).toEqual([400, error]);
  });

  test('a compressed answer that breaks off moves on', async () => {
    const half = encode(completion()).subarray(0, 40);
    await using bed = await bedOf(bytes(half, { 'content-encoding': encoding }));
    const answer = await send(`${bed.url}/v1/chat/completions`, { body: chat('a') });
    expect(answer.headers['x-llmproxy-endpoint']).toBe('gpt-4o-mini/b');
  });
});

test.each([
  ['a page', '<!doctype html>'],
  ['plain text', 'upstream connect error'],
  ['a number', '12'],
])('%s is refused by its first bytes: the rest is not waited for', async (_what, text) => {
  for (const stream of [false, true]) {
    await using bed = await bedOf((response) => void response.writeHead(200).write(text));
    const answer = await send(`${bed.url}/v1/chat/completions`, { body: { ...chat(nonce()), stream } });
    expect(answer.headers['x-llmproxy-endpoint']).toBe('gpt-4o-mini/b');
  }
});

test('comments and blank lines before an answer are no answer of another kind', async () => {
  await using bed = await bedOf(bytes(`\n\n: keep-alive\n\n: keep-alive\n\n${completion()}`));
  const answer = await send(`${bed.url}/v1/chat/completions`, { body: chat('a') });
  expect(jsonOf(answer)).toEqual(JSON.parse(completion()));
  expect(bed.second.requests).toHaveLength(0);
});
