import { APIError } from 'openai';
import { describe, expect, test } from 'vitest';
import { bytes, chunk, completion, DONE, good, RESPONSE, sse, STREAM } from './answers.ts';
import { chat, collect, nonce } from './ask.ts';
import { clientOf, startApp } from './bed.ts';
import { errorOf, send } from './http.ts';
import { modelsAt, startUpstream, type Answer } from './upstream.ts';

/** A proxy before one odd endpoint, which gets the requests, and a good one with a larger window that takes over. */
async function bedOf(odd: Answer, more: { alone?: boolean } = {}) {
  const upstreams = await Promise.all(more.alone ? [startUpstream(odd)] : [startUpstream(odd), startUpstream(good)]);
  const { models } = modelsAt(upstreams, {}, [1, 0]) as {
    models: Record<string, { endpoints: object[] }>;
  };
  const model = models['gpt-4o-mini'];
  const endpoints = model?.endpoints.map((endpoint, index) => ({ ...endpoint, context_window: (index + 1) * 1000 }));
  const app = await startApp({ models: { 'gpt-4o-mini': { ...model, endpoints } } });
  return {
    url: app.url,
    endpoint: async (body: object, headers: Record<string, string> = {}) =>
      (await send(`${app.url}/v1/chat/completions`, { body, headers })).headers['x-llmproxy-endpoint'],
    async states(): Promise<unknown[]> {
      const stats = (await (await fetch(`${app.url}/stats`)).json()) as { endpoints: object };
      return Object.values(stats.endpoints)
        .flat()
        .map((one) => (one as { state: string }).state);
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      await Promise.all(upstreams.map((upstream) => upstream[Symbol.asyncDispose]()));
    },
  };
}

const error = (more: object) => ({ error: { message: 'no', type: 'server_error', param: null, code: null, ...more } });

const FAILURES: readonly [string, object][] = [
  ['an error object', error({})],
  ['an error in words', { error: 'engine is dead' }],
  ['a flat error', { object: 'error', message: 'engine is dead', type: 'InternalServerError', param: null, code: 500 }],
  ['an error without a name', { detail: 'engine is dead' }],
];

describe('an error inside an answer of status 200', () => {
  test.each(FAILURES)('%s in place of an answer moves on', async (_what, failure) => {
    await using bed = await bedOf(bytes(JSON.stringify(failure), { 'content-type': 'application/json' }));
    expect(await bed.endpoint(chat('a'))).toBe('gpt-4o-mini/b');
  });

  test.each([...FAILURES, ['a choice that ends with an error', JSON.parse(chunk({}, 'error').slice(5))]] as const)(
    '%s before the first content of a stream moves on',
    async (_what, failure) => {
      await using bed = await bedOf(bytes(chunk({ role: 'assistant', content: '' }) + sse(failure) + DONE));
      const answer = await send(`${bed.url}/v1/chat/completions`, { body: { ...chat('a'), stream: true } });
      expect(answer.headers['x-llmproxy-endpoint']).toBe('gpt-4o-mini/b');
      expect(answer.body.toString()).toBe(STREAM);
    },
  );

  test.each([
    ['a JSON answer', completion({ content: null }, 'error'), false],
    ['a JSON answer for a stream', completion({ content: null }, 'error'), true],
    ['a stream for a JSON answer', chunk({ content: 'Hel' }) + chunk({}, 'error') + DONE, false],
  ])('finish_reason error in %s moves on', async (_what, text, stream) => {
    await using bed = await bedOf(bytes(text));
    expect(await bed.endpoint({ ...chat('a'), stream })).toBe('gpt-4o-mini/b');
  });

  test.each([...FAILURES, ['a choice that ends with an error', JSON.parse(chunk({}, 'error').slice(5))]] as const)(
    '%s after the first content is an error for the SDK, and nothing is stored',
    async (_what, failure) => {
      await using bed = await bedOf(bytes(chunk({ content: 'Hel' }) + sse(failure) + DONE));
      const client = clientOf(bed.url);
      const asked = collect(await client.chat.completions.create({ ...chat('a'), stream: true }));
      await expect(asked).rejects.toThrow(APIError);
      const headers = { 'cache-control': 'only-if-cached' };
      expect((await send(`${bed.url}/v1/chat/completions`, { body: chat('a'), headers })).status).toBe(504);
    },
  );

  test('a failed response moves on', async () => {
    const failed = RESPONSE.replace('"status":"completed"', '"status":"failed"').replace(
      '"error":null',
      '"error":{"code":"server_error","message":"no"}',
    );
    await using bed = await bedOf(bytes(failed, { 'content-type': 'application/json' }));
    const answer = await send(`${bed.url}/v1/responses`, { body: { model: 'gpt-4o-mini', input: 'a' } });
    expect(answer.headers['x-llmproxy-endpoint']).toBe('gpt-4o-mini/b');
    expect(answer.body.toString()).toBe(RESPONSE);
  });
});

describe.each([
  ['a JSON answer', false],
  ['a stream', true],
] as const)('an account or a prompt in trouble, told in %s of status 200', (_what, stream) => {
  const telling =
    (failure: object): Answer =>
    (response) =>
      void response.writeHead(200).end(stream ? sse(failure) : JSON.stringify(failure));

  test.each([
    [error({ code: 'context_length_exceeded' }), 400, 'admitting'],
    [error({ message: 'prompt is too long: 9 tokens > 8 maximum' }), 400, 'admitting'],
    [error({ type: 'rate_limit_error' }), 429, 'admitting'],
    [error({ code: 'insufficient_quota' }), 429, 'ejected'],
    [error({ code: 401 }), 401, 'ejected'],
  ])('%j moves on; alone it is shown with status %i', async (failure, status, state) => {
    await using bed = await bedOf(telling(failure));
    expect(await bed.endpoint({ ...chat(nonce()), stream })).toBe('gpt-4o-mini/b');
    if (state === 'ejected') expect((await bed.states())[0]).not.toBe('admitting');

    await using alone = await bedOf(telling(failure), { alone: true });
    const answer = await send(`${alone.url}/v1/chat/completions`, { body: { ...chat(nonce()), stream } });
    expect([answer.status, answer.headers['content-type']]).toEqual([status, 'application/json']);
    expect(errorOf(answer)['message']).toBe((failure.error as { message: string }).message);
  });

  test('a wrong request is the client’s: it is shown at once and nothing is blamed', async () => {
    await using bed = await bedOf(telling(error({ type: 'invalid_request_error', code: 'bad', param: 'x' })));
    for (let i = 0; i < 4; i += 1) {
      const answer = await send(`${bed.url}/v1/chat/completions`, { body: { ...chat(nonce()), stream } });
      expect([answer.status, errorOf(answer)['code']]).toEqual([400, 'bad']);
    }
    expect(await bed.states()).toEqual(['admitting', 'admitting']);
  });
});
