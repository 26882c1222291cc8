import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, onTestFinished, test } from 'vitest';
import { withRealSockets } from '../tests/setup/mock-bed.ts';
import type { MockOptions } from './index.ts';
import { FAULT_CATALOGUE, generationOf, invoiceOf, startMock } from './index.ts';

withRealSockets();

async function bedWith(options: MockOptions = {}) {
  const mock = await startMock(options);
  onTestFinished(() => mock.close());
  const client = new Anthropic({ baseURL: mock.url, apiKey: 'sk-ant-test', maxRetries: 0, logLevel: 'off' });
  const body = (content: string, over: object = {}) => ({
    model: 'claude-sonnet-5',
    max_tokens: 200,
    messages: [{ role: 'user' as const, content }],
    ...over,
  });
  const raw = (content: string, over: object = {}, headers: Record<string, string> = {}) =>
    fetch(`${mock.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': 'k', 'anthropic-version': '2023-06-01', ...headers },
      body: JSON.stringify(body(content, over)),
    });
  return { mock, client, body, raw };
}

describe('the bytes of a stream', () => {
  test('have named events, pads on all but pings, and no mark at the end', async () => {
    const { raw } = await bedWith();
    const tools = [{ name: 'get_weather', input_schema: { type: 'object', properties: { city: { type: 'string' } } } }];
    const text = await (await raw('What is the weather in Paris?', { stream: true, tools })).text();
    expect(text).not.toContain('\r');
    expect(text).not.toContain('[DONE]');
    const events = text.split('\n\n').filter((event) => event !== '');
    const names = events.map((event) => /^event: (\w+)\ndata: (\{.*\})$/.exec(event)!);
    expect(names.map(([, name, data]) => [name, (JSON.parse(data!) as { type: string }).type])).toEqual(
      names.map(([, name]) => [name, name]),
    );
    expect(names.map(([, name]) => name).filter((name) => name !== 'content_block_delta')).toEqual([
      'message_start',
      'content_block_start',
      'ping',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(events[2]).toBe('event: ping\ndata: {"type": "ping"}');
    const pads = names.filter(([, name]) => name !== 'ping').map(([, , data]) => / *(?=\}$)/.exec(data!)![0].length);
    expect(Math.max(...pads)).toBeLessThanOrEqual(15);
    expect(new Set(pads).size).toBeGreaterThan(1);
    expect(events[3]).toMatch(/"partial_json":""\} *\}$/);
  });

  test('have usage at both ends, in the order of the provider', async () => {
    const { raw } = await bedWith();
    const text = await (await raw('hello', { stream: true })).text();
    const data = [...text.matchAll(/^data: (.*)$/gm)].map(([, one]) => JSON.parse(one!) as Record<string, object>);
    expect(Object.keys((data[0]!['message'] as { usage: object }).usage)).toEqual([
      'input_tokens',
      'cache_creation_input_tokens',
      'cache_read_input_tokens',
      'cache_creation',
      'output_tokens',
      'output_tokens_details',
      'service_tier',
      'inference_geo',
    ]);
    expect(Object.keys(data[0]!['message']!)).toEqual([
      'model',
      'id',
      'type',
      'role',
      'content',
      'stop_reason',
      'stop_sequence',
      'stop_details',
      'usage',
    ]);
    expect(data.at(-2)).toMatchObject({ delta: { stop_reason: 'end_turn' }, usage: { input_tokens: 9 } });
  });

  test('are the same with the same seed', async () => {
    const texts = [];
    for (const _ of [1, 2])
      texts.push(await (await (await bedWith({ seed: 3 })).raw('hello', { stream: true })).text());
    expect(texts[0]).toBe(texts[1]);
  });
});

describe('scripted answers', () => {
  test('have text, calls, thinking, usage and an ending, as for any family', async () => {
    const { mock, client, body } = await bedWith();
    await mock.answer({
      match: { text: 'plan' },
      answer: {
        text: 'On it.',
        reasoning: 'I think.',
        toolCalls: [{ name: 'f', arguments: { a: 1 } }],
        usage: { inputTokens: 100, cachedTokens: 40, outputTokens: 7, reasoningTokens: 3 },
      },
    });
    const message = await client.messages.create(body('plan the day'));
    expect(message).toMatchObject({
      content: [
        { type: 'thinking', thinking: 'I think.' },
        { type: 'text', text: 'On it.' },
        { type: 'tool_use', name: 'f', input: { a: 1 } },
      ],
      usage: { input_tokens: 60, cache_read_input_tokens: 40, output_tokens: 7 },
    });
  });

  test('may be cut into chunks, refuse, or end early', async () => {
    const { mock, client, body } = await bedWith();
    await mock.answer({ match: { text: 'chunks' }, answer: { chunks: ['a', 'bc', 'd'] } });
    await mock.answer({ match: { text: 'refuse' }, answer: { refusal: 'No.' } });
    await mock.answer({ match: { text: 'short' }, answer: { text: 'cut', finishReason: 'length' } });
    const pieces: string[] = [];
    await client.messages
      .stream(body('chunks'))
      .on('text', (piece) => pieces.push(piece))
      .done();
    expect(pieces).toEqual(['a', 'bc', 'd']);
    expect(await client.messages.create(body('refuse'))).toMatchObject({
      content: [],
      stop_reason: 'refusal',
      stop_details: { type: 'refusal', category: null, explanation: 'No.' },
    });
    expect((await client.messages.create(body('short'))).stop_reason).toBe('max_tokens');
  });

  test('may be errors, in the envelope of the family', async () => {
    const { mock, client, body } = await bedWith();
    await mock.script([
      { match: { operation: 'messages', text: 'busy' }, answer: { error: { status: 529 } } },
      {
        match: { text: 'odd' },
        answer: { error: { status: 429, message: 'Slower.', headers: { 'retry-after': '7' } } },
      },
      { match: { toolResult: 'sunny', tools: [], toolResultOf: 'get_weather', turn: 2 }, answer: { text: 'Go out.' } },
    ]);
    await expect(client.messages.create(body('busy'))).rejects.toMatchObject({ status: 529, type: 'overloaded_error' });
    await expect(client.messages.create(body('odd'))).rejects.toMatchObject({
      status: 429,
      type: 'rate_limit_error',
      error: { error: { message: 'Slower.' } },
    });
    const looped = body('?', {
      messages: [
        { role: 'user', content: 'weather' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: {} }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'sunny' }] },
      ],
    });
    expect((await client.messages.create(looped)).content).toMatchObject([{ text: 'Go out.' }]);
  });
});

test('a text that asks for it is refused without a script', async () => {
  const { client, body } = await bedWith();
  const refused = await client.messages.stream(body('ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSAL_0123')).finalMessage();
  expect(refused).toMatchObject({ content: [], stop_reason: 'refusal', stop_details: { type: 'refusal' } });
});

describe('limits', () => {
  test('are told in headers, and refused with the pause', async () => {
    const { raw } = await bedWith({ limits: { rpm: 1, tpm: 50_000 } });
    const first = await raw('hello');
    expect(Object.fromEntries(first.headers)).toMatchObject({
      'anthropic-ratelimit-requests-limit': '1',
      'anthropic-ratelimit-requests-remaining': '0',
      'anthropic-ratelimit-requests-reset': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
      'anthropic-ratelimit-tokens-limit': '50000',
    });
    const second = await raw('hello');
    expect(second.status).toBe(429);
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(await second.json()).toMatchObject({
      type: 'error',
      error: {
        type: 'rate_limit_error',
        message: expect.stringMatching(
          /^This request would exceed your organization's rate limit of 1 requests per minute \(org: [\da-f-]{36}, model: claude-sonnet-5\)\./,
        ) as string,
      },
    });
  });

  test('do not count what is only counted, and a spent quota is no credit', async () => {
    const { client, body } = await bedWith({ limits: { quota: { tokens: 5 }, rpm: 2 } });
    const { max_tokens: _most, ...counted } = body('hello');
    for (const _ of [1, 2, 3]) await client.messages.countTokens(counted);
    await client.messages.create(body('hello'));
    await expect(client.messages.create(body('hello'))).rejects.toMatchObject({
      status: 400,
      type: 'invalid_request_error',
      message: expect.stringContaining('Your credit balance is too low') as string,
    });
  });
});

describe('keys', () => {
  test('are taken from either header, and refused in the words of the provider', async () => {
    const { raw } = await bedWith({ keys: ['good'] });
    expect((await raw('hello', {}, { 'x-api-key': 'good' })).status).toBe(200);
    expect((await raw('hello', {}, { 'x-api-key': '', authorization: 'Bearer good' })).status).toBe(200);
    const bad = await raw('hello');
    expect([bad.status, await bad.json()]).toMatchObject([401, { error: { message: 'invalid x-api-key' } }]);
    expect(bad.headers.get('anthropic-organization-id')).toBeNull();
  });

  test('choose tenants and faults', async () => {
    const { mock, raw } = await bedWith();
    expect((await raw('hello', {}, { 'x-api-key': 'sk-mock-tenant-ada' })).status).toBe(200);
    expect(await mock.requests()).toEqual([]);
    expect(await mock.tenant('ada').requests()).toHaveLength(1);
    expect((await raw('hello', {}, { 'x-api-key': 'sk-mock-fault-overloaded-529' })).status).toBe(529);
  });
});

describe('the option dialect', () => {
  test('answers what no family owns', async () => {
    const { mock } = await bedWith({ dialect: 'anthropic' });
    const get = async (path: string, headers: Record<string, string> = {}): Promise<unknown> =>
      (await fetch(mock.url + path, { headers })).json();
    expect(await get('/v1/models')).toMatchObject({ first_id: 'claude-fable-5' });
    expect(await get('/nowhere')).toMatchObject({ type: 'error', error: { type: 'not_found_error' } });
    expect(await get('/v1/messages')).toMatchObject({ error: { message: 'Method Not Allowed' } });
  });

  test('is OpenAI by default', async () => {
    const { mock } = await bedWith();
    const wrong = await fetch(`${mock.url}/nowhere`);
    expect(await wrong.json()).toMatchObject({ error: { code: 'unknown_url' } });
    const named = await fetch(`${mock.url}/nowhere`, { headers: { 'anthropic-version': '2023-06-01' } });
    expect(await named.json()).toMatchObject({ type: 'error' });
  });
});

test('journal, invoice and nonce know a message', async () => {
  const { mock, client, body } = await bedWith();
  const message = await client.messages.create(body('hello'));
  const [entry] = await mock.requests();
  expect(entry).toMatchObject({
    operation: 'messages',
    model: 'claude-sonnet-5',
    stream: false,
    requestId: message._request_id,
  });
  const invoice = invoiceOf(await mock.requests(), { prices: { 'claude-sonnet-5': { input: 3, output: 15 } } });
  expect(invoice).toMatchObject({
    inputTokens: message.usage.input_tokens,
    outputTokens: message.usage.output_tokens,
  });
  expect(generationOf(message)).toBe(message.id);
});

describe('faults', () => {
  test('in the middle of a stream are error events of the provider', async () => {
    const { client, body } = await bedWith({ faults: ['error-mid;after=4'] });
    const failed = client.messages.stream(body('Tell me about rivers')).finalMessage();
    await expect(failed).rejects.toMatchObject({ type: 'api_error' });
  });

  test('say overloaded after the status of a success', async () => {
    const { client, body } = await bedWith({ faults: ['overloaded-mid'] });
    const failed = client.messages.stream(body('Tell me about rivers')).finalMessage();
    await expect(failed).rejects.toMatchObject({ type: 'overloaded_error' });
  });

  test('of rate limits have the pause and the headers of the provider', async () => {
    const { raw } = await bedWith({ faults: ['rate-limit;seconds=9'] });
    const refused = await raw('hello');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '9']);
    expect(await refused.json()).toMatchObject({ error: { type: 'rate_limit_error' } });
  });

  test('that pass are outlived by the retries of the official client', async () => {
    const { mock, body } = await bedWith();
    const patient = new Anthropic({ baseURL: mock.url, apiKey: 'k', maxRetries: 2 });
    await mock.fault({ times: 1, fault: 'overloaded-529' });
    await mock.fault({ times: 1, fault: 'rate-limit-ms;ms=1' });
    expect((await patient.messages.create(body('2+2'))).content).toMatchObject([{ text: '4' }]);
    expect((await mock.requests()).map(({ status }) => status)).toEqual([529, 429, 200]);
  });

  test.each([
    'cut;after=3',
    'cut-first',
    'no-done',
    'error-first',
    'malformed-event',
    'truncated-json',
    'html-200',
    'reset',
  ])('%s is an error of the official client', async (fault) => {
    const { client, body } = await bedWith({ faults: [fault] });
    const request = body('Tell me about rivers');
    const asked =
      fault === 'truncated-json' ? client.messages.create(request) : client.messages.stream(request).finalMessage();
    await expect(asked).rejects.toThrow();
  });

  test.each(FAULT_CATALOGUE.filter(({ layer }) => layer === 'stream').map(({ name }) => name))(
    '%s never makes the mock itself fail',
    async (name) => {
      const { mock } = await bedWith();
      const controller = new AbortController();
      const reading = async (): Promise<string> => {
        const response = await fetch(`${mock.url}/v1/messages`, {
          method: 'POST',
          signal: controller.signal,
          headers: { 'anthropic-version': '2023-06-01' },
          body: JSON.stringify({
            model: `claude-sonnet-5!${name}`,
            max_tokens: 100,
            stream: true,
            messages: [{ role: 'user', content: 'Tell me about rivers' }],
          }),
        });
        return response.text();
      };
      const timer = setTimeout(() => controller.abort(), 300);
      const text = await reading().catch(() => '');
      clearTimeout(timer);
      expect(text).not.toContain('The mock failed');
      const [entry] = await mock.requests();
      expect(entry?.status ?? 200).toBe(200);
    },
  );

  test.each([
    ['no-done', /message_delta/, /message_stop/],
    ['no-finish', /message_stop/, /message_delta/],
    ['unknown-event', /event: mock_unknown/, /event: response/],
    ['response-incomplete', /"stop_reason":"refusal"/, /"stop_reason":"end_turn"/],
    ['no-usage', /"usage":null/, /^$/],
    ['null-content', /"text":null/, /^$/],
    ['no-role', /"type":"message","content"/, /"role"/],
  ])('%s spoils the events of this family', async (name, has, hasNot) => {
    const { raw } = await bedWith({ faults: [name] });
    const text = await (await raw('Tell me about rivers', { stream: true })).text();
    expect(text).toMatch(has);
    expect(text).not.toMatch(hasNot);
  });
});
