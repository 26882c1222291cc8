import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { AzureOpenAI } from 'openai';
import { expect, onTestFinished, test } from 'vitest';
import type { App } from '../../proxy/index.ts';
import { startApp } from './bed.ts';
import { startUpstream, type Answer, type SeenRequest, type Upstream } from './upstream.ts';

const MESSAGE = {
  model: 'claude-at-endpoint',
  id: 'msg_01',
  type: 'message',
  role: 'assistant',
  content: [{ type: 'text', text: 'hi' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 1 },
};
const GENERATED = {
  candidates: [{ content: { parts: [{ text: 'hi' }], role: 'model' }, finishReason: 'STOP', index: 0 }],
  usageMetadata: { promptTokenCount: 2, candidatesTokenCount: 1, totalTokenCount: 3 },
  modelVersion: 'gemini-at-endpoint',
};
const COMPLETION = {
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
};

const json =
  (status: number, body: object, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

/** `data: …` events, as Gemini writes them. */
const events =
  (...chunks: object[]): Answer =>
  (response) =>
    response
      .writeHead(200, { 'content-type': 'text/event-stream' })
      .end(chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`).join(''));

/** A proxy whose model `m` has one endpoint for each upstream, the later ones for failures of the first. */
async function proxyTo(upstreams: readonly Upstream[], fields: object): Promise<App> {
  const endpoints = upstreams.map(({ port }, index) => ({
    name: `e${index}`,
    base_url: `http://127.0.0.1:${port}`,
    api_key: 'key-of-endpoint',
    weight: index === 0 ? 1 : 0,
    ...fields,
  }));
  const app = await startApp({ models: { m: { endpoints } } });
  onTestFinished(() => app.close());
  return app;
}

const anthropicAt = ({ url }: App): Anthropic => new Anthropic({ baseURL: url, apiKey: 'sk-client', maxRetries: 0 });
const geminiAt = ({ url }: App): GoogleGenAI =>
  new GoogleGenAI({ apiKey: 'AIza-client', httpOptions: { baseUrl: url } });

function headersOf({ headers }: SeenRequest, ...names: string[]): unknown[] {
  return names.map((name) => headers[name]);
}

test("Anthropic's SDK reaches an endpoint of Anthropic: its version, the endpoint's key and name", async () => {
  await using upstream = await startUpstream(json(200, MESSAGE));
  const app = await proxyTo([upstream], { provider: 'anthropic', model: 'claude-at-endpoint' });
  const message = await anthropicAt(app).messages.create({
    model: 'm',
    max_tokens: 9,
    messages: [{ role: 'user', content: 'hi' }],
  });
  expect(message.content).toEqual(MESSAGE.content);
  const seen = upstream.requests[0]!;
  expect([seen.url, JSON.parse(seen.body.toString())]).toMatchObject(['/v1/messages', { model: 'claude-at-endpoint' }]);
  const [key, authorization, version] = headersOf(seen, 'x-api-key', 'authorization', 'anthropic-version');
  expect([key, authorization]).toEqual(['key-of-endpoint', undefined]);
  expect(version).toMatch(/^20\d\d-\d\d-\d\d$/);
});

test('an overloaded endpoint of Anthropic, and one without credit, lose the request to the next', async () => {
  const error = (type: string, message: string): object => ({ type: 'error', error: { type, message } });
  await using overloaded = await startUpstream(json(529, error('overloaded_error', 'Overloaded')));
  await using poor = await startUpstream(
    json(400, error('invalid_request_error', 'Your credit balance is too low to access the Anthropic API.')),
  );
  await using good = await startUpstream(json(200, MESSAGE));
  for (const bad of [overloaded, poor]) {
    const app = await proxyTo([bad, good], { provider: 'anthropic' });
    const ask = { model: 'm', max_tokens: 9, messages: [{ role: 'user' as const, content: 'hi' }] };
    expect((await anthropicAt(app).messages.create(ask)).id).toBe('msg_01');
    expect(bad.requests).toHaveLength(1);
  }
});

test("Google's SDK reaches an endpoint of Gemini: the name in the path, the key in its header", async () => {
  await using upstream = await startUpstream(json(200, GENERATED));
  const app = await proxyTo([upstream], { provider: 'gemini', model: 'gemini-at-endpoint' });
  const answer = await geminiAt(app).models.generateContent({ model: 'm', contents: 'hi' });
  expect(answer.text).toBe('hi');
  const seen = upstream.requests[0]!;
  expect(seen.url).toBe('/v1beta/models/gemini-at-endpoint:generateContent');
  expect(headersOf(seen, 'x-goog-api-key', 'authorization')).toEqual(['key-of-endpoint', undefined]);
  expect(seen.url + seen.rawHeaders.join()).not.toContain('AIza-client');
});

test('a stream of Gemini is asked for as events', async () => {
  await using upstream = await startUpstream(events(GENERATED));
  const app = await proxyTo([upstream], { provider: 'gemini', model: 'gemini-at-endpoint' });
  let text = '';
  const stream = await geminiAt(app).models.generateContentStream({ model: 'm', contents: 'hi' });
  for await (const chunk of stream) text += chunk.text ?? '';
  expect(text).toBe('hi');
  expect(upstream.requests.map(({ url }) => url)).toEqual([
    '/v1beta/models/gemini-at-endpoint:streamGenerateContent?alt=sse',
  ]);
});

test('an endpoint of Gemini that has used up its quota of a day loses the request to the next', async () => {
  const details = [{ violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier' }] }];
  const error = { code: 429, message: 'You exceeded your current quota', status: 'RESOURCE_EXHAUSTED', details };
  await using empty = await startUpstream(json(429, { error }));
  await using good = await startUpstream(json(200, GENERATED));
  const app = await proxyTo([empty, good], { provider: 'gemini' });
  for (const contents of ['one', 'two']) {
    expect((await geminiAt(app).models.generateContent({ model: 'm', contents })).text).toBe('hi');
  }
  // It is out for minutes: the second request does not ask it.
  expect([empty.requests.length, good.requests.length]).toEqual([1, 2]);
});

test("Azure's SDK reaches an endpoint of Azure by its own deployment and version", async () => {
  await using upstream = await startUpstream(json(200, COMPLETION));
  const app = await proxyTo([upstream], { provider: 'azure', api_version: '2024-10-21', model: 'at-endpoint' });
  const client = new AzureOpenAI({
    endpoint: app.url,
    apiKey: 'key-of-client',
    apiVersion: '2023-05-15',
    maxRetries: 0,
  });
  const answer = await client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'hi' }] });
  expect(answer.choices[0]?.message.content).toBe('hi');
  const seen = upstream.requests[0]!;
  expect(seen.url).toBe('/openai/deployments/at-endpoint/chat/completions?api-version=2024-10-21');
  expect(headersOf(seen, 'api-key', 'authorization')).toEqual(['key-of-endpoint', undefined]);
});

test('a prompt that the filter of Azure blocks is asked once, and the answer is shown as it is', async () => {
  const error = {
    message: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
    type: null,
    param: 'prompt',
    code: 'content_filter',
    status: 400,
    innererror: { code: 'ResponsibleAIPolicyViolation' },
  };
  await using filtering = await startUpstream(json(400, { error }));
  await using other = await startUpstream(json(200, COMPLETION));
  const app = await proxyTo([filtering, other], { provider: 'azure' });
  const client = new AzureOpenAI({ endpoint: app.url, apiKey: 'k', apiVersion: '2024-10-21', maxRetries: 0 });
  const asked = client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'hi' }] });
  await expect(asked).rejects.toMatchObject({ status: 400, code: 'content_filter' });
  expect([filtering.requests.length, other.requests.length]).toEqual([1, 0]);
});
