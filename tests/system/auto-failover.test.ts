import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { FaultRule } from '../../mocks/index.ts';
import { collect, textOf } from './ask.ts';
import { ask, askAs, expectOk, FAMILIES, pickOf, requestOf } from './auto-ask.ts';
import { autoBed, SEVEN_CATALOG, SEVEN_MODELS, type AutoBed, type SevenModel } from './auto-bed.ts';
import { bytes, completion, STREAM } from './answers.ts';
import { clientOf, startApp } from './bed.ts';
import { errorOf, jsonOf, openSocket, postText } from './http.ts';
import { startUpstream, type Answer, type Upstream } from './upstream.ts';

type Fault = FaultRule['fault'];

/** The order for a simple request. */
const [FIRST, SECOND, THIRD, FOURTH] = SEVEN_MODELS as [SevenModel, SevenModel, SevenModel, SevenModel];
const PATIENT = { routing: { allowed_fails: 1000 } };
/** Long enough for another model on a busy machine. */
const IMPATIENT = {
  routing: { allowed_fails: 1000, timeouts: { first_byte: '1500ms', answer: '1500ms', idle: '1500ms' } },
};

async function failing(bed: AutoBed, fault: Fault, ...models: readonly SevenModel[]): Promise<void> {
  await Promise.all(models.map((model) => bed.mocks[model].fault({ fault })));
}

interface Row {
  readonly what: string;
  readonly fault: Fault;
  readonly model?: object;
}

/** What another model may help with. */
const ROWS: readonly Row[] = [
  { what: 'status 500', fault: 'server-error' },
  { what: 'status 503', fault: 'overloaded' },
  { what: 'status 429', fault: 'rate-limit;seconds=60' },
  { what: 'an empty account', fault: 'quota' },
  { what: 'a model that the endpoint lacks', fault: 'not-found' },
  { what: 'a refused key', fault: 'unauthorized' },
  { what: 'a cut before the head', fault: 'cut' },
  { what: 'a cut before the first content', fault: 'cut-first' },
  { what: 'a reset', fault: 'reset' },
  { what: 'an error object under status 200', fault: 'error-200' },
  { what: 'silence', fault: 'hang', model: IMPATIENT },
];
const STREAM_ROWS: readonly Row[] = [
  ...ROWS,
  { what: 'an error as the first event', fault: 'error-first' },
  { what: 'a cut after the opening event', fault: 'cut;after=1' },
];

describe.each([
  ['JSON', false, ROWS],
  ['stream', true, STREAM_ROWS],
] as const)('%s: the next model of the ranking answers', (_shape, stream, rows) => {
  test.each(rows)('after $what', async ({ fault, model = PATIENT }) => {
    const bed = await autoBed({ model });
    await failing(bed, fault, FIRST, SECOND);
    const answer = expectOk(await ask(bed.url, 'hello', { stream }));
    expect(await bed.called()).toEqual([FIRST, SECOND, THIRD]);
    expect(pickOf(answer)).toEqual({ model: THIRD, complexity: 'simple', tier: 'micro', attempts: '3' });
    expect(answer.headers['x-llmproxy-endpoint']).toBe(`${THIRD}/a`);
    expect(answer.broken).toBe(false);
  });
});

describe('each family', () => {
  test.each(FAMILIES.flatMap((family) => [false, true].map((stream) => ({ family, stream }))))(
    '$family, stream $stream: two models fail, the third answers in the form that was asked for',
    async ({ family, stream }) => {
      const bed = await autoBed({ model: PATIENT });
      await failing(bed, 'server-error', FIRST, SECOND);
      const answer = expectOk(await askAs(family, bed.url, 'hello', { stream }));
      expect(await bed.called()).toEqual([FIRST, SECOND, THIRD]);
      expect(pickOf(answer)).toMatchObject({ model: THIRD, attempts: '3' });
      const named = await askAs(family, bed.url, 'hello', { stream, model: THIRD });
      expect(answer.body.toString(), 'what that model answers a request that names it').toBe(named.body.toString());
    },
  );

  test('native endpoints of the client’s family fail over as the others do', async () => {
    for (const [family, provider] of [
      ['messages', 'anthropic'],
      ['gemini', 'gemini'],
    ] as const) {
      const bed = await autoBed({ model: PATIENT, endpoint: (mock) => ({ provider, base_url: mock.url }) });
      await failing(bed, 'server-error', FIRST);
      for (const stream of [false, true]) expectOk(await askAs(family, bed.url, `hello ${stream}`, { stream }));
      expect(await bed.called()).toEqual([FIRST, SECOND, FIRST, SECOND]);
    }
  });
});

describe('official SDKs', () => {
  async function twoFail(): Promise<AutoBed> {
    const bed = await autoBed({ model: PATIENT });
    await failing(bed, 'server-error', FIRST, SECOND);
    return bed;
  }
  const question = 'What is the capital of France?';

  test('openai: chat completions and responses', async () => {
    const bed = await twoFail();
    const client = clientOf(bed.url);
    const messages = [{ role: 'user' as const, content: question }];
    const chat = await client.chat.completions.create({ model: 'auto', messages }).withResponse();
    expect(chat.data.choices[0]?.message.content).toBe('Paris');
    expect(chat.data.model).toMatch(/^gpt-4o-mini-/);
    expect(chat.response.headers.get('x-llmproxy-model')).toBe(THIRD);
    const chunks = await collect(await client.chat.completions.create({ model: 'auto', messages, stream: true }));
    expect(textOf(chunks)).toBe('Paris');
    expect((await client.responses.create({ model: 'auto', input: question })).output_text).toBe('Paris');
    const streamed = client.responses.stream({ model: 'auto', input: question });
    expect((await streamed.finalResponse()).output_text).toBe('Paris');
  });

  test('anthropic: messages', async () => {
    const bed = await twoFail();
    const client = new Anthropic({ baseURL: bed.url, apiKey: 'k', maxRetries: 0, logLevel: 'off' });
    const request = { model: 'auto', max_tokens: 100, messages: [{ role: 'user' as const, content: question }] };
    const { data, response } = await client.messages.create(request).withResponse();
    expect(data.content).toMatchObject([{ type: 'text', text: 'Paris' }]);
    expect(response.headers.get('x-llmproxy-model')).toBe(THIRD);
    expect(await client.messages.stream(request).finalText()).toBe('Paris');
  });

  test('@google/genai: generateContent', async () => {
    const bed = await twoFail();
    const client = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: bed.url } });
    const request = { model: 'auto', contents: question };
    expect((await client.models.generateContent(request)).text).toBe('Paris');
    const chunks = await collect(await client.models.generateContentStream(request));
    expect(chunks.map(({ text }) => text ?? '').join('')).toBe('Paris');
  });
});

describe('the bound', () => {
  test.each([1, 2, 4])(
    '`auto.attempts: %i`: so many models are tried, then the request has failed',
    async (attempts) => {
      const bed = await autoBed({ model: PATIENT, config: { auto: { attempts } } });
      await failing(bed, 'server-error', ...SEVEN_MODELS);
      const answer = await ask(bed.url, 'hello');
      expect(answer.status).toBe(502);
      const tried = SEVEN_MODELS.slice(0, attempts);
      expect(await bed.called()).toEqual(tried);
      const { code, message } = errorOf(answer);
      expect(code).toBe('all_providers_failed');
      for (const model of SEVEN_MODELS) expect(String(message).includes(`'${model}'`)).toBe(tried.includes(model));
      expect(String(message)).not.toMatch(/overheated|server had an error|sk-/i);
      expect(pickOf(answer)).toMatchObject({ attempts: String(attempts) });
    },
  );

  test('attempts are summed over the endpoints of all models, each of which has its own first', async () => {
    const upstreams = await upstreamsFor((model) =>
      model === FIRST || model === SECOND ? bytes('{}', {}, 500) : bytes(completion()),
    );
    const models = Object.fromEntries(
      SEVEN_MODELS.map((model) => {
        const { baseURL } = upstreams[model];
        const endpoint = { provider: 'openai', api_key: 'k' };
        const two = [
          { ...endpoint, name: 'a', base_url: baseURL },
          { ...endpoint, name: 'b', base_url: `${baseURL.slice(0, -3)}/other/v1` },
        ];
        return [model, { endpoints: two, ...PATIENT }];
      }),
    );
    const app = await startApp({ catalog: SEVEN_CATALOG, models });
    onTestFinished(() => app.close());
    const answer = expectOk(await ask(app.url, 'hello'));
    expect([FIRST, SECOND, THIRD].map((model) => upstreams[model].requests.length)).toEqual([2, 2, 1]);
    expect(pickOf(answer)).toMatchObject({ model: THIRD, attempts: '5' });
  });
});

describe('what is relayed', () => {
  const wrong = { error: { message: 'Wrong.', type: 'invalid_request_error', param: 'x', code: 'y' } };
  test.each([400, 404, 409, 413, 415, 422])(
    'status %i is the client’s fault: the first model’s answer',
    async (status) => {
      const bed = await autoBed();
      await failing(bed, { kind: 'status', status, body: wrong }, FIRST);
      for (const stream of [false, true]) {
        const answer = await ask(bed.url, 'hello', { stream });
        expect(answer.status).toBe(status);
        expect(jsonOf(answer)).toEqual(wrong);
        expect(pickOf(answer)).toMatchObject({ model: FIRST, attempts: '1' });
      }
      expect(await bed.called()).toEqual([FIRST, FIRST]);
    },
  );

  test('a 429 of the last model, with its retry-after', async () => {
    const bed = await autoBed();
    await failing(bed, 'server-error', FIRST, SECOND);
    await failing(bed, 'rate-limit;seconds=17', THIRD);
    const answer = await ask(bed.url, 'hello');
    expect(await bed.called()).toEqual([FIRST, SECOND, THIRD]);
    expect(answer.status).toBe(429);
    expect(answer.headers['retry-after']).toBe('17');
    expect(errorOf(answer)['code']).toBe('rate_limit_exceeded');
    expect(pickOf(answer)).toMatchObject({ model: THIRD, attempts: '3' });
  });

  test('no 429 of a model before the last', async () => {
    const bed = await autoBed();
    await failing(bed, 'rate-limit;seconds=17', FIRST, SECOND);
    await failing(bed, 'server-error', THIRD);
    const answer = await ask(bed.url, 'hello');
    expect(answer.status).toBe(502);
    expect(errorOf(answer)['code']).toBe('all_providers_failed');
  });

  test('a refused key of the operator is no 401 for the client', async () => {
    const bed = await autoBed();
    await failing(bed, 'unauthorized', FIRST, SECOND, THIRD);
    const answer = await ask(bed.url, 'hello');
    expect([answer.status, errorOf(answer)['code']]).toEqual([502, 'all_providers_failed']);
  });

  test('endpoints that are ejected are not asked; when all are, 503 says when to come back', async () => {
    const bed = await autoBed({ model: { routing: { allowed_fails: 1, cooldown: '1h' } } });
    await failing(bed, 'rate-limit;seconds=60', ...SEVEN_MODELS);
    expect((await ask(bed.url, 'hello')).status).toBe(429);
    expect((await ask(bed.url, 'hello')).status).toBe(429);
    expect((await ask(bed.url, 'hello')).status).toBe(429);
    expect((await bed.called()).toSorted()).toEqual(SEVEN_MODELS.toSorted());
    for (const stream of [false, true]) {
      const answer = await ask(bed.url, 'hello', { stream });
      expect([answer.status, errorOf(answer)['code']]).toEqual([503, 'no_endpoint_available']);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(30);
      expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(60);
    }
    expect(await bed.called()).toHaveLength(7);
  });
});

describe('a stream that has begun', () => {
  test('is cut when it breaks, and no other model is asked', async () => {
    const bed = await autoBed();
    await failing(bed, 'cut;after=3', FIRST);
    const answer = await ask(bed.url, 'Count from 1 to 5', { stream: true });
    expect(answer.status).toBe(200);
    expect(answer.broken).toBe(true);
    expect(answer.body.toString()).toContain('"error"');
    expect(answer.body.toString()).not.toContain('[DONE]');
    expect(await bed.called()).toEqual([FIRST]);
    expect(pickOf(answer)).toMatchObject({ model: FIRST, attempts: '1' });
  });

  test('passes the bytes of upstream, and so does JSON', async () => {
    const odd = STREAM.replaceAll('"id":', '"unknown": [1.0, 1e3],  "id":');
    const json = completion().replace('"id":', '"unknown": [1.0, 1e3],\n "id":');
    const upstreams = await upstreamsFor((model) => (response, { body, ...request }, incoming) => {
      if (model === FIRST)
        return bytes('{}', { 'content-type': 'application/json' }, 500)(response, { body, ...request }, incoming);
      const isStream = body.toString().includes('"stream":true');
      return isStream
        ? bytes(odd, { 'content-type': 'text/event-stream' })(response, { body, ...request }, incoming)
        : bytes(json, { 'content-type': 'application/json' })(response, { body, ...request }, incoming);
    });
    const url = await proxyBefore(upstreams);
    const asked = { stream_options: { include_usage: true } };
    const streamed = expectOk(await ask(url, 'hello', { stream: true, more: asked }));
    expect(streamed.body.toString()).toBe(odd);
    const whole = expectOk(await ask(url, 'hello', { headers: { 'cache-control': 'no-cache' } }));
    expect(whole.body.toString()).toBe(json);
    const bodies = [FIRST, SECOND].map((model) => upstreams[model].requests.at(-1)!.body.toString());
    const sent = JSON.stringify(requestOf('chat', 'hello').body);
    expect(bodies, 'the request, too, but for the name').toEqual(
      [FIRST, SECOND].map((model) => sent.replace('"auto"', `"${model}"`)),
    );
  });
});

/** Endpoints that answer with the bytes of a test. */
async function upstreamsFor(answerOf: (model: SevenModel) => Answer): Promise<Record<SevenModel, Upstream>> {
  const started = await Promise.all(
    SEVEN_MODELS.map(async (model) => [model, await startUpstream(answerOf(model))] as const),
  );
  onTestFinished(async () => {
    await Promise.all(started.map(([, upstream]) => upstream[Symbol.asyncDispose]()));
  });
  return Object.fromEntries(started) as Record<SevenModel, Upstream>;
}

async function proxyBefore(upstreams: Record<SevenModel, Upstream>): Promise<string> {
  const models = Object.fromEntries(
    Object.entries(upstreams).map(([model, { baseURL }]) => [
      model,
      { endpoints: [{ provider: 'openai', name: 'a', base_url: baseURL, api_key: 'k' }], ...PATIENT },
    ]),
  );
  const app = await startApp({ catalog: SEVEN_CATALOG, models });
  onTestFinished(() => app.close());
  return app.url;
}

describe('in the middle of failover', () => {
  test.each([false, true])('a client that leaves ends it: no further model is asked (stream %s)', async (stream) => {
    const bed = await autoBed();
    await failing(bed, 'server-error', FIRST);
    await failing(bed, 'hang', SECOND);
    const { path, body } = requestOf('chat', 'hello', { stream });
    const socket = openSocket(bed.url);
    socket.write(postText(path, body));
    await expect.poll(() => bed.called()).toEqual([FIRST, SECOND]);
    socket.leave();
    await expect.poll(async () => (await bed.requests(SECOND))[0]?.aborted).toBe(true);
    expectOk(await ask(bed.url, 'hello', { model: FOURTH }));
    expect(await bed.called()).toEqual([FIRST, SECOND, FOURTH]);
  });

  test('a proxy that stops answers 503 and asks no further model', async () => {
    const bed = await autoBed();
    await failing(bed, 'server-error', FIRST);
    await failing(bed, 'hang', SECOND);
    const answer = ask(bed.url, 'hello');
    await expect.poll(() => bed.called()).toEqual([FIRST, SECOND]);
    await bed.app.close();
    const { status, ...rest } = await answer;
    expect([status, errorOf(rest)['code']]).toEqual([503, 'shutting_down']);
    expect(await bed.called()).toEqual([FIRST, SECOND]);
  });
});
