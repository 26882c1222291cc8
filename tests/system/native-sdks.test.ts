import Anthropic from '@anthropic-ai/sdk';
import { ApiError, createPartFromUri, GoogleGenAI, Type } from '@google/genai';
import { AzureOpenAI, NotFoundError } from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startMock, type Mock } from '../../mocks/index.ts';
import type { App } from '../../proxy/index.ts';
import { collect } from './ask.ts';
import { clientOf, startApp } from './bed.ts';

const CLAUDE = 'claude-sonnet-5';
const GEMINI = 'gemini-3-flash-preview';
const QUESTION = 'What is the capital of France?';

let mock: Mock;
let app: App;
let log = '';

/** Models of three families, each with the provider that speaks it natively; all of them are one mock. */
beforeAll(async () => {
  mock = await startMock({ jobStageMs: 0 });
  const at = (provider: string, more: object = {}): object => ({
    endpoints: [{ name: 'e', provider, base_url: mock.url, api_key: `key-of-${provider}`, ...more }],
  });
  const openai = { base_url: mock.baseURL };
  const models = {
    [CLAUDE]: at('anthropic'),
    'claude-alias': at('anthropic', { model: CLAUDE }),
    [GEMINI]: at('gemini'),
    'gemini-alias': at('gemini', { model: GEMINI }),
    'gemini-embedding-001': at('gemini'),
    'embedding-alias': at('gemini', { model: 'gemini-embedding-001' }),
    'gpt-4o': at('openai', openai),
    'my-deployment': at('openai', { ...openai, model: 'gpt-4o-mini' }),
    'text-embedding-3-small': at('openai', openai),
    'gpt-image-1': at('openai', openai),
  };
  app = await startApp({ models }, (line) => (log += line));
});
beforeEach(async () => {
  await mock.reset();
  await fetch(`${app.url}/cache`, { method: 'DELETE' });
});
afterAll(async () => {
  await app.close();
  await mock.close();
});

const anthropic = (): Anthropic =>
  new Anthropic({ baseURL: app.url, apiKey: 'key-of-caller', maxRetries: 0, logLevel: 'off' });
const gemini = (): GoogleGenAI => new GoogleGenAI({ apiKey: 'key-of-caller', httpOptions: { baseUrl: app.url } });
const azure = (): AzureOpenAI =>
  new AzureOpenAI({ endpoint: app.url, apiKey: 'key-of-caller', apiVersion: '2024-10-21', maxRetries: 0 });
const ask = (content: string): Anthropic.MessageCreateParamsNonStreaming => ({
  model: CLAUDE,
  max_tokens: 200,
  messages: [{ role: 'user', content }],
});
const seen = async (): Promise<unknown[]> => (await mock.requests()).map(({ operation }) => operation);

describe('@anthropic-ai/sdk', () => {
  test('a message, streamed and whole, is one upstream call; the helpers read both', async () => {
    const stream = anthropic().messages.stream(ask(QUESTION));
    const streamed = await stream.finalMessage();
    const { data, response } = await anthropic().messages.create(ask(QUESTION)).withResponse();
    expect([streamed.content, data.content]).toMatchObject([[{ text: 'Paris' }], [{ text: 'Paris' }]]);
    expect(data.usage).toEqual(streamed.usage);
    expect(response.headers.get('x-llmproxy-cache')).toBe('hit');
    const again = await anthropic().messages.stream(ask(QUESTION)).finalText();
    expect([again, await seen()]).toEqual(['Paris', ['messages']]);
  });

  test('a whole message that was recorded is replayed as a stream', async () => {
    const { content, usage } = await anthropic().messages.create(ask(QUESTION));
    const replayed = await anthropic().messages.stream(ask(QUESTION)).finalMessage();
    expect([replayed.content, replayed.usage, await seen()]).toEqual([content, usage, ['messages']]);
  });

  test('tools, thinking and what they return go through, with signatures that the mock verifies', async () => {
    const tools: Anthropic.Tool[] = [
      { name: 'get_weather', input_schema: { type: 'object', properties: { city: { type: 'string' } } } },
    ];
    const thinking = { type: 'adaptive' } as const;
    const question = 'What is the weather in Paris?';
    const called = await anthropic().messages.create({ ...ask(question), max_tokens: 4_000, tools, thinking });
    expect(called.stop_reason).toBe('tool_use');
    const results = called.content
      .filter((block) => block.type === 'tool_use')
      .map(({ id }) => ({ type: 'tool_result' as const, tool_use_id: id, content: '20 degrees' }));
    const answered = await anthropic().messages.create({
      ...ask(question),
      max_tokens: 4_000,
      tools,
      thinking,
      messages: [
        { role: 'user', content: question },
        { role: 'assistant', content: called.content },
        { role: 'user', content: results },
      ],
    });
    expect(answered.stop_reason).toBe('end_turn');
    expect(await seen()).toEqual(['messages', 'messages']);
  });

  test('tokens are counted, models are listed in the form of the API', async () => {
    const { model, messages } = ask(QUESTION);
    expect(await anthropic().messages.countTokens({ model, messages })).toEqual({ input_tokens: expect.any(Number) });
    const { data } = await anthropic().models.list();
    expect(data.map(({ id, type }) => [id, type])).toContainEqual([CLAUDE, 'model']);
    expect(await anthropic().models.retrieve(CLAUDE)).toMatchObject({ id: CLAUDE, type: 'model' });
  });

  test('another name at the endpoint, batches and files', async () => {
    expect((await anthropic().messages.create({ ...ask(QUESTION), model: 'claude-alias' })).content).toHaveLength(1);
    expect((await mock.requests())[0]?.model).toBe(CLAUDE);
    const batch = await anthropic().messages.batches.create({
      requests: [{ custom_id: 'a', params: ask(QUESTION) }],
    });
    expect((await anthropic().messages.batches.retrieve(batch.id)).id).toBe(batch.id);
    const file = new File(['text'], 'a.txt', { type: 'text/plain' });
    const kept = await anthropic().beta.files.upload({ file });
    expect((await anthropic().beta.files.retrieveMetadata(kept.id)).filename).toBe('a.txt');
  });

  test('errors are those of the API, with its statuses and classes', async () => {
    const failed = await anthropic()
      .messages.create({ ...ask(QUESTION), model: 'nowhere' })
      .catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(Anthropic.NotFoundError);
    expect(failed).toMatchObject({ status: 404, error: { type: 'error', error: { type: 'not_found_error' } } });
    const unspoken = await anthropic()
      .messages.create({
        ...ask(QUESTION),
        model: 'gpt-4o',
        tools: [{ type: 'code_execution_20250825', name: 'code_execution' }],
      })
      .catch((error: unknown) => error);
    expect(unspoken).toBeInstanceOf(Anthropic.BadRequestError);
    const wrong = await anthropic()
      .messages.create({ model: CLAUDE } as never)
      .catch((error: unknown) => error);
    expect((wrong as Error).message).toContain('messages: Field required');
  });
});

describe('@google/genai', () => {
  test('an answer, streamed and whole, is one upstream call', async () => {
    let text = '';
    const stream = await gemini().models.generateContentStream({ model: GEMINI, contents: QUESTION });
    for await (const chunk of stream) text += chunk.text ?? '';
    const whole = await gemini().models.generateContent({ model: GEMINI, contents: QUESTION });
    expect([text, whole.text, await seen()]).toEqual(['Paris', 'Paris', ['generateContent']]);
  });

  test('a whole answer that was recorded is replayed as a stream', async () => {
    const whole = await gemini().models.generateContent({ model: GEMINI, contents: QUESTION });
    const stream = await gemini().models.generateContentStream({ model: GEMINI, contents: QUESTION });
    const chunks = await collect(stream);
    expect(chunks.map(({ text }) => text ?? '').join('')).toBe(whole.text);
    expect([chunks.at(-1)?.usageMetadata, await seen()]).toEqual([whole.usageMetadata, ['generateContent']]);
  });

  test('a chat calls functions, and its signatures come back as they were', async () => {
    const weather = {
      name: 'get_weather',
      parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } } },
    };
    const chat = gemini().chats.create({ model: GEMINI, config: { tools: [{ functionDeclarations: [weather] }] } });
    const asked = await chat.sendMessage({ message: 'What is the weather in Paris?' });
    const [call] = asked.functionCalls ?? [];
    expect(call).toMatchObject({ name: 'get_weather', args: { city: 'Paris' } });
    const response = { output: '20 degrees' };
    const answer = await chat.sendMessage({
      message: { functionResponse: { id: call!.id!, name: 'get_weather', response } },
    });
    expect([answer.candidates?.[0]?.finishReason, await seen()]).toEqual([
      'STOP',
      ['generateContent', 'generateContent'],
    ]);
  });

  test('tokens, embeddings and models; other names at the endpoint, in the body as well', async () => {
    const { models } = gemini();
    expect((await models.countTokens({ model: GEMINI, contents: QUESTION })).totalTokens).toBe(8);
    const one = await models.embedContent({ model: 'embedding-alias', contents: ['cat', 'dog'] });
    expect(one.embeddings?.map(({ values }) => values?.length)).toEqual([3072, 3072]);
    expect((await models.generateContent({ model: 'gemini-alias', contents: QUESTION })).text).toBe('Paris');
    expect((await mock.requests()).map(({ model }) => model)).toEqual([GEMINI, 'gemini-embedding-001', GEMINI]);
    const names = (await collect(await models.list())).map(({ name }) => name);
    expect(names).toContain(`models/${GEMINI}`);
    expect((await models.get({ model: GEMINI })).name).toBe(`models/${GEMINI}`);
  });

  test('files are uploaded through the proxy, and caches are made, used and deleted', async () => {
    const { files, caches, models } = gemini();
    const content = new Blob(['The password is swordfish.'], { type: 'text/plain' });
    const file = await files.upload({ file: content, config: { displayName: 'notes', mimeType: 'text/plain' } });
    expect((await files.get({ name: file.name! })).displayName).toBe('notes');
    const parts = [createPartFromUri(file.uri!, file.mimeType!)];
    const used = await models.countTokens({ model: GEMINI, contents: [{ role: 'user', parts }] });
    expect(used.totalTokens).toBeGreaterThan(5);
    await files.delete({ name: file.name! });
    const contents = 'word '.repeat(5_000);
    const cache = await caches.create({ model: 'gemini-alias', config: { contents } });
    expect(cache.model).toBe(`models/${GEMINI}`);
    expect((await caches.get({ name: cache.name! })).name).toBe(cache.name);
    await caches.delete({ name: cache.name! });
    const paths = (await mock.requests()).map(({ path }) => path.replace(/\?.*$/, ''));
    expect(paths).toContain('/upload/v1beta/files');
  });

  test('errors are those of the API, with its statuses and words', async () => {
    const failed = (await gemini()
      .models.generateContent({ model: 'nowhere', contents: 'x' })
      .catch((error: unknown) => error)) as ApiError;
    expect(failed).toBeInstanceOf(ApiError);
    expect([failed.status, JSON.parse(failed.message)]).toMatchObject([404, { error: { status: 'NOT_FOUND' } }]);
    const unspoken = await gemini()
      .models.embedContent({ model: 'gpt-4o', contents: 'x' })
      .catch((error: unknown) => error);
    expect(unspoken).toMatchObject({ status: 400 });
  });

  test('a key in the query is taken for the caller’s: no endpoint, no log and no cache key has it', async () => {
    const url = (key: string): string => `${app.url}/v1beta/models/${GEMINI}:generateContent?key=${key}`;
    const send = (key: string): Promise<Response> =>
      fetch(url(key), { method: 'POST', body: JSON.stringify({ contents: [{ parts: [{ text: QUESTION }] }] }) });
    const answers = [await send('AIza-first-caller'), await send('AIza-second-caller')];
    expect(answers.map(({ headers }) => headers.get('x-llmproxy-cache'))).toEqual(['miss', 'hit']);
    const [request] = await mock.requests();
    expect(JSON.stringify(request)).not.toContain('AIza');
    expect(log).toContain(`/v1beta/models/${GEMINI}:generateContent`);
    expect(log).not.toContain('AIza');
  });
});

test('the bundled mock speaks every family without being told', async () => {
  const bundled = await startApp({ models: { '*': { endpoints: [{ name: 'm', provider: 'mock' }] } } });
  const claude = new Anthropic({ baseURL: bundled.url, apiKey: 'k', maxRetries: 0 });
  const google = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: bundled.url } });
  const message = await claude.messages.create(ask(QUESTION));
  const answer = await google.models.generateContent({ model: GEMINI, contents: QUESTION });
  await bundled.close();
  expect([message.content, answer.text]).toMatchObject([[{ text: 'Paris' }], 'Paris']);
});

describe('AzureOpenAI', () => {
  const messages = [{ role: 'user' as const, content: QUESTION }];

  test('the deployment is the model, whatever the body says', async () => {
    const chat = await azure().chat.completions.create({ model: 'gpt-4o', messages });
    expect(chat.choices[0]?.message.content).toBe('Paris');
    const client = new AzureOpenAI({
      endpoint: app.url,
      apiKey: 'k',
      apiVersion: '2024-10-21',
      deployment: 'my-deployment',
      maxRetries: 0,
    });
    const streamed = await collect(await client.chat.completions.create({ model: 'x', messages, stream: true }));
    expect(streamed.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('Paris');
    expect((await mock.requests()).map(({ model }) => model)).toEqual(['gpt-4o', 'gpt-4o-mini']);
    const bare = await fetch(`${app.url}/openai/deployments/my-deployment/chat/completions?api-version=2024-10-21`, {
      method: 'POST',
      body: JSON.stringify({ messages }),
    });
    expect([bare.status, (await mock.requests()).at(-1)?.model]).toEqual([200, 'gpt-4o-mini']);
  });

  test('a client of Azure and one of OpenAI share an answer', async () => {
    await azure().chat.completions.create({ model: 'gpt-4o', messages });
    const { response } = await clientOf(app.url).chat.completions.create({ model: 'gpt-4o', messages }).withResponse();
    expect([response.headers.get('x-llmproxy-cache'), await seen()]).toEqual(['hit', ['chat.completions']]);
  });

  test('embeddings, Responses, images and models', async () => {
    const { data } = await azure().embeddings.create({ model: 'text-embedding-3-small', input: 'a' });
    expect(data[0]?.embedding).toHaveLength(1536);
    const response = await azure().responses.create({ model: 'gpt-4o', input: QUESTION });
    expect((await azure().responses.retrieve(response.id)).output_text).toBe('Paris');
    expect((await azure().images.generate({ model: 'gpt-image-1', prompt: 'a cat' })).data).toHaveLength(1);
    expect((await azure().models.list()).data.map(({ id }) => id)).toContain('my-deployment');
    await expect(azure().chat.completions.create({ model: 'nowhere', messages })).rejects.toBeInstanceOf(NotFoundError);
  });
});
