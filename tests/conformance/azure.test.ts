import OpenAI, { AzureOpenAI } from 'openai';
import { describe, expect, test } from 'vitest';
import { bedForFile, weatherTool } from './bed.ts';

const bed = bedForFile({ jobStageMs: 0 });

const azure = (over: { apiKey?: string; apiVersion?: string } = {}) =>
  new AzureOpenAI({
    endpoint: bed.mock.url,
    apiKey: over.apiKey ?? 'key',
    apiVersion: over.apiVersion ?? '2024-10-21',
    maxRetries: 0,
  });
const v1 = () => new OpenAI({ baseURL: `${bed.mock.url}/openai/v1`, apiKey: 'key', maxRetries: 0 });
const hello = [{ role: 'user', content: 'What is the capital of France?' }] as const;

const post = (path: string, body: unknown, headers: Record<string, string> = { 'api-key': 'key' }) =>
  fetch(`${bed.mock.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
const CHAT = '/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21';

/** Names of all members, in the order of the text. */
function inOrder(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  const names = Array.isArray(value) ? [] : Object.keys(value);
  return names.join() === names.toSorted().join() && Object.values(value).every(inOrder);
}

describe('AzureOpenAI', () => {
  test('chat completions come with the verdicts of the content filter', async () => {
    const { data, response } = await azure()
      .chat.completions.create({ model: 'gpt-4o', messages: [...hello] })
      .withResponse();
    expect(data.choices[0]?.message.content).toBe('Paris');
    expect(data).toMatchObject({
      prompt_filter_results: [{ prompt_index: 0, content_filter_results: { jailbreak: { detected: false } } }],
      choices: [{ content_filter_results: { hate: { filtered: false, severity: 'safe' } } }],
    });
    expect(response.headers.get('apim-request-id')).toMatch(/^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/);
    expect(response.headers.get('x-ms-region')).toBe('West Europe');
    expect(response.headers.get('x-ms-deployment-name')).toBe('gpt-4o');
    expect(response.headers.get('x-ratelimit-reset-requests')).toMatch(/^\d+$/);
    const [request] = await bed.mock.requests();
    expect(request).toMatchObject({ operation: 'chat.completions', model: 'gpt-4o', status: 200 });
    expect(request?.billed).toEqual({ input: data.usage?.prompt_tokens, output: data.usage?.completion_tokens });
  });

  test('a stream begins with the verdict on the prompt, without choices', async () => {
    const stream = await azure().chat.completions.create({
      model: 'gpt-4o',
      messages: [...hello],
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks[0]).toMatchObject({ choices: [], id: '', model: '', object: '', created: 0 });
    expect(chunks[0]).toHaveProperty('prompt_filter_results');
    expect(chunks[1]?.choices[0]).toMatchObject({ delta: { role: 'assistant' }, content_filter_results: {} });
    expect(chunks[2]?.choices[0]).toHaveProperty('content_filter_results.violence.severity', 'safe');
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('Paris');
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 1 } });
  });

  test('tools, embeddings, Responses, models and images', async () => {
    const called = await azure().chat.completions.create({
      model: 'gpt-4o',
      messages: [{ role: 'user', content: 'What is the weather in Paris?' }],
      tools: [weatherTool],
    });
    expect(called.choices[0]?.message.tool_calls).toHaveLength(1);
    const { data } = await azure().embeddings.create({ model: 'text-embedding-3-small', input: 'a' });
    expect(data[0]?.embedding).toHaveLength(1536);
    const response = await azure({ apiVersion: '2025-03-01-preview' }).responses.create({
      model: 'gpt-4o',
      input: 'What is the capital of France?',
    });
    expect(response.output_text).toBe('Paris');
    expect(response).toHaveProperty('content_filters');
    const again = await azure({ apiVersion: '2025-03-01-preview' }).responses.retrieve(response.id);
    expect(again.output_text).toBe('Paris');
    expect((await azure().models.list()).data.length).toBeGreaterThan(1);
    const drawn = await azure().images.generate({ model: 'gpt-image-1', prompt: 'a cat' });
    expect(drawn.data?.[0]?.b64_json).toBeTruthy();
  });

  test('speech is said, and written down again', async () => {
    const speech = await azure().audio.speech.create({
      model: 'tts-1',
      voice: 'alloy',
      input: 'Hello there',
      response_format: 'wav',
    });
    const sound = new File([Buffer.from(await speech.arrayBuffer())], 'speech.wav');
    const { text } = await azure().audio.transcriptions.create({ model: 'whisper-1', file: sound });
    expect(text).toBe('Hello there');
    const paths = (await bed.mock.requests()).map(({ path, model }) => [path, model]);
    expect(paths).toEqual([
      ['/openai/deployments/tts-1/audio/speech', 'tts-1'],
      ['/openai/deployments/whisper-1/audio/transcriptions', 'whisper-1'],
    ]);
  });

  test('an unknown deployment and a wrong key are refused in the words of the gateway', async () => {
    const { startMock } = await import('../../mocks/index.ts');
    await using mock = await startMock({ models: ['my-gpt'], keys: ['right'] });
    const client = (apiKey: string) =>
      new AzureOpenAI({ endpoint: mock.url, apiKey, apiVersion: '2024-10-21', maxRetries: 0 });
    await expect(
      client('right').chat.completions.create({ model: 'other', messages: [...hello] }),
    ).rejects.toMatchObject({ status: 404, code: 'DeploymentNotFound' });
    await expect(
      client('wrong').chat.completions.create({ model: 'my-gpt', messages: [...hello] }),
    ).rejects.toMatchObject({
      status: 401,
      code: '401',
      message: expect.stringContaining('invalid subscription key') as string,
    });
    const answer = await client('right').chat.completions.create({ model: 'my-gpt', messages: [...hello] });
    expect(answer.choices[0]?.message.content).toBe('Paris');
  });

  test('a rate limit tells its pause in headers and words', async () => {
    await bed.mock.limit({ rpm: 1 });
    await azure().chat.completions.create({ model: 'gpt-4o', messages: [...hello] });
    const failed: unknown = await azure()
      .chat.completions.create({ model: 'gpt-4o', messages: [...hello] })
      .catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(OpenAI.RateLimitError);
    const { headers, message } = failed as InstanceType<typeof OpenAI.RateLimitError>;
    const seconds = headers?.get('retry-after');
    expect(message).toContain(`Please retry after ${seconds} seconds.`);
    expect(Number(headers?.get('retry-after-ms'))).toBeGreaterThan(0);
  });
});

describe('/openai/v1', () => {
  test('the OpenAI client needs a base URL alone', async () => {
    const response = await v1().responses.create({ model: 'my-gpt', input: 'What is the capital of France?' });
    expect(response.output_text).toBe('Paris');
    const chat = await v1().chat.completions.create({ model: 'my-gpt', messages: [...hello] });
    expect(chat).toHaveProperty('prompt_filter_results');
    const file = await v1().files.create({ file: new File(['{}'], 'a.jsonl'), purpose: 'batch' });
    expect((await v1().files.retrieve(file.id)).filename).toBe('a.jsonl');
  });

  test('streamed Responses carry the verdicts behind the time of completion', async () => {
    const stream = await v1().responses.create({ model: 'my-gpt', input: 'Hi', stream: true });
    const ends: object[] = [];
    for await (const event of stream) if (event.type === 'response.completed') ends.push(event.response);
    const names = Object.keys(ends[0] ?? {});
    expect(names[names.indexOf('completed_at') + 1]).toBe('content_filters');
  });

  test('a version of the API is refused', async () => {
    const refused = await post('/openai/v1/chat/completions?api-version=2024-10-21', { model: 'a', messages: hello });
    expect([refused.status, await refused.json()]).toEqual([
      400,
      { error: { code: 'BadRequest', message: 'api-version query parameter is not allowed when using /v1 path' } },
    ]);
  });
});

describe('on the wire', () => {
  test('bodies are compact, with their members in alphabetical order', async () => {
    const text = await (await post(CHAT, { messages: hello, model: 'ignored' })).text();
    expect(text).not.toMatch(/\n|": /);
    expect(inOrder(JSON.parse(text))).toBe(true);
    expect((await bed.mock.requests())[0]?.model).toBe('my-gpt');
  });

  test('a choice that the filter blocked has no message', async () => {
    await bed.mock.answer({ answer: { text: '', finishReason: 'content_filter' } });
    const { choices } = (await (await post(CHAT, { messages: hello })).json()) as { choices: object[] };
    expect(choices[0]).not.toHaveProperty('message');
    expect(choices[0]).toMatchObject({
      finish_reason: 'content_filter',
      content_filter_results: { violence: { filtered: true } },
    });
  });

  test('a prompt that the filter blocked is 400 with what it was blocked for', async () => {
    await bed.mock.script({ rules: [{ answer: { error: { status: 400, code: 'content_filter' } } }] });
    const refused = await post(CHAT, { messages: hello });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      error: {
        code: 'content_filter',
        param: 'prompt',
        status: 400,
        innererror: { code: 'ResponsibleAIPolicyViolation', content_filter_result: { violence: { filtered: true } } },
      },
    });
  });

  test.each([
    ['a missing version', '/openai/deployments/my-gpt/chat/completions', 404],
    ['an unknown path', '/openai/deployments/my-gpt/nonsense?api-version=2024-10-21', 404],
  ])('%s is 404 of the gateway', async (_name, path, status) => {
    const refused = await post(path, { messages: hello });
    expect([refused.status, await refused.json()]).toEqual([
      status,
      { error: { code: '404', message: 'Resource not found' } },
    ]);
  });

  test('strictness, faults and scripts of the family work on deployments', async () => {
    await bed.mock.strictness('openai');
    const refused = await post(CHAT, { messages: hello, nonsense: 1 });
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { error: { message: expect.stringContaining('nonsense') as string } },
    ]);
    await bed.mock.strictness('off');
    const failed = await post(CHAT.replace('my-gpt', 'my-gpt!server-error'), { messages: hello });
    expect(failed.status).toBe(500);
    await bed.mock.answer({ match: { model: 'my-gpt', text: 'capital' }, answer: { text: 'scripted' } });
    const answer = (await (await post(CHAT, { messages: hello })).json()) as OpenAI.ChatCompletion;
    expect(answer.choices[0]?.message.content).toBe('scripted');
  });
});
