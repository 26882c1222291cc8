import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, test } from 'vitest';
import { anthropicBed, ask, calendarTool, model, weatherTool } from './bed.ts';

const bed = anthropicBed({ strictness: 'openai' });

describe('a message', () => {
  test('has its text, its usage and its request id', async () => {
    const message = await bed
      .client()
      .messages.create({ model: 'claude-haiku-4-5', max_tokens: 100, messages: ask('What is the capital of France?') });
    expect(message).toMatchObject({
      model: 'claude-haiku-4-5-20251001',
      type: 'message',
      role: 'assistant',
      content: [{ type: 'text', text: 'Paris' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 14, output_tokens: 1, service_tier: 'standard' },
    });
    expect(message.id).toMatch(/^msg_01[A-Za-z0-9]{22}$/);
    expect(message._request_id).toMatch(/^req_01[A-Za-z0-9]{22}$/);
  });

  test('that is too long for max_tokens says so', async () => {
    const message = await bed
      .client()
      .messages.create({ model, max_tokens: 3, messages: ask('Tell me a long story about rivers') });
    expect(message.stop_reason).toBe('max_tokens');
  });

  test('ends at a stop sequence, and names it', async () => {
    const message = await bed.client().messages.create({
      model,
      max_tokens: 100,
      stop_sequences: ['9', '\n3'],
      messages: ask('Count from 1 to 5'),
    });
    expect(message).toMatchObject({
      content: [{ type: 'text', text: '1\n2' }],
      stop_reason: 'stop_sequence',
      stop_sequence: '\n3',
    });
  });

  test('is the same when it is streamed', async () => {
    const request = { model, max_tokens: 100, messages: ask('Tell me about rivers') };
    const whole = await bed.client().messages.create(request);
    const stream = bed.client().messages.stream(request);
    const pieces: string[] = [];
    stream.on('text', (piece) => pieces.push(piece));
    const final = await stream.finalMessage();
    expect(pieces.length).toBeGreaterThan(1);
    expect(await stream.finalText()).toBe(pieces.join(''));
    expect(final).toMatchObject({
      content: whole.content,
      model: whole.model,
      stop_reason: whole.stop_reason,
      usage: whole.usage,
    });
  });

  test('goes on from the beginning that the request gives', async () => {
    const message = await bed.client().messages.create({
      model: 'claude-haiku-4-5',
      max_tokens: 100,
      messages: [...ask('Count from 1 to 5'), { role: 'assistant', content: '1\n2' }],
    });
    expect(message.content).toEqual([{ type: 'text', text: '\n3\n4\n5' }]);
  });

  test('costs what count_tokens says', async () => {
    const request = { model, system: 'Be brief.', tools: [weatherTool], messages: ask('hello there') };
    const counted = await bed.client().messages.countTokens(request);
    const message = await bed.client().messages.create({ ...request, max_tokens: 100 });
    expect(message.usage.input_tokens).toBe(counted.input_tokens);
    expect(await bed.client().messages.countTokens({ model: 'claude-opus-4-6', messages: ask('hello') })).toEqual({
      input_tokens: 8,
    });
  });

  test.each(['2023-06-01', '2026-10-21'])('is given to clients of %s', async (version) => {
    const client = bed.client({ defaultHeaders: { 'anthropic-version': version } });
    const message = await client.messages.create({ model, max_tokens: 10, messages: ask('2+2') });
    expect(message.content).toEqual([{ type: 'text', text: '4' }]);
  });

  test('is given to a bearer token', async () => {
    const client = bed.client({ apiKey: null, authToken: 'token' });
    const message = await client.messages.create({ model, max_tokens: 10, messages: ask('2+2') });
    expect(message.content).toEqual([{ type: 'text', text: '4' }]);
  });
});

describe('tools', () => {
  test('are called, and what they return is read back', async () => {
    const request = { model, max_tokens: 300, tools: [weatherTool] };
    const first = await bed.client().messages.create({ ...request, messages: ask('What is the weather in Paris?') });
    expect(first.stop_reason).toBe('tool_use');
    const [call] = first.content.filter((block) => block.type === 'tool_use');
    expect(call).toMatchObject({ name: 'get_weather', input: { city: 'Paris' }, caller: { type: 'direct' } });
    expect(call?.id).toMatch(/^toolu_01[A-Za-z0-9]{22}$/);
    const last = await bed.client().messages.create({
      ...request,
      messages: [
        ...ask('What is the weather in Paris?'),
        { role: 'assistant', content: first.content },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: call!.id, content: [{ type: 'text', text: 'sunny, 21 degrees' }] },
          ],
        },
      ],
    });
    expect(last.stop_reason).toBe('end_turn');
    expect(last.content[0]).toMatchObject({
      type: 'text',
      text: expect.stringContaining('sunny, 21 degrees') as string,
    });
  });

  test('are called side by side, unless that is forbidden', async () => {
    const request = {
      model,
      max_tokens: 300,
      tools: [weatherTool, calendarTool],
      messages: ask('What is the weather in Paris, and what is in my calendar?'),
    };
    const calls = async (choice?: Anthropic.ToolChoice): Promise<number> => {
      const made = await bed.client().messages.create({ ...request, ...(choice && { tool_choice: choice }) });
      return made.content.filter(({ type }) => type === 'tool_use').length;
    };
    expect(await calls()).toBe(2);
    expect(await calls({ type: 'auto', disable_parallel_tool_use: true })).toBe(1);
    expect(await calls({ type: 'none' })).toBe(0);
  });

  test('are called by force', async () => {
    const request = { model, max_tokens: 300, tools: [weatherTool, calendarTool], messages: ask('hello') };
    const named = await bed
      .client()
      .messages.create({ ...request, tool_choice: { type: 'tool', name: 'read_calendar' } });
    expect(named.content).toMatchObject([{ type: 'tool_use', name: 'read_calendar', input: {} }]);
    const any = await bed.client().messages.create({ ...request, tool_choice: { type: 'any' } });
    expect(any.stop_reason).toBe('tool_use');
  });

  test('that are called in a stream have the input of the unary answer', async () => {
    const request = { model, max_tokens: 300, tools: [weatherTool, calendarTool] };
    const messages = ask('What is the weather in Paris, and what is in my calendar?');
    const stream = bed.client().messages.stream({ ...request, messages });
    const json: string[] = [];
    stream.on('inputJson', (piece) => json.push(piece));
    const final = await stream.finalMessage();
    expect(final.content).toMatchObject([
      { type: 'tool_use', name: 'get_weather', input: { city: 'Paris' } },
      { type: 'tool_use', name: 'read_calendar', input: {} },
    ]);
    expect(json[0]).toBe('');
    expect(json.every((piece) => piece.length <= 13)).toBe(true);
  });

  test('run by the runner until there is an answer', async () => {
    const asked: unknown[] = [];
    const runner = bed.client().beta.messages.toolRunner({
      model,
      max_tokens: 500,
      messages: ask('What is the weather in Paris?'),
      tools: [
        {
          ...weatherTool,
          type: 'custom',
          run: (input: unknown) => {
            asked.push(input);
            return 'sunny, 21 degrees';
          },
          parse: (input: unknown) => input,
        },
      ],
    });
    const final = await runner;
    expect(asked).toEqual([{ city: 'Paris' }]);
    expect(final.content.at(-1)).toMatchObject({ type: 'text', text: expect.stringContaining('sunny') as string });
  });
});

describe('thinking', () => {
  const request = { model: 'claude-sonnet-4-6', max_tokens: 4000, tools: [weatherTool] };
  const thinking = { type: 'enabled', budget_tokens: 2000 } as const;
  const question = ask('What is the weather in Paris?');

  const resultFor = (message: Anthropic.Message): Anthropic.MessageParam => ({
    role: 'user',
    content: message.content
      .filter((block) => block.type === 'tool_use')
      .map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: 'sunny' })),
  });

  test('comes first, is signed, streams the same, and may come back', async () => {
    const first = await bed.client().messages.create({ ...request, thinking, messages: question });
    expect(first.content.map(({ type }) => type)).toEqual(['thinking', 'tool_use']);
    const streamed = await bed
      .client()
      .messages.stream({ ...request, thinking, messages: question })
      .finalMessage();
    expect(streamed.content[0]).toEqual(first.content[0]);
    const messages = [...question, { role: 'assistant' as const, content: first.content }, resultFor(first)];
    const last = await bed.client().messages.create({ ...request, thinking, messages });
    expect(last.content.map(({ type }) => type)).toEqual(['text']);
  });

  test('that was changed, or came from another model, is refused', async () => {
    const first = await bed.client().messages.create({ ...request, thinking, messages: question });
    const [block, ...rest] = first.content;
    const changed = { ...(block as Anthropic.ThinkingBlock), thinking: 'Something else.' };
    const back = (over: object, content: Anthropic.ContentBlock[]): Promise<unknown> =>
      bed.client().messages.create({
        ...request,
        thinking,
        ...over,
        messages: [...question, { role: 'assistant', content }, resultFor(first)],
      });
    await expect(back({}, [changed, ...rest])).rejects.toMatchObject({
      status: 400,
      type: 'invalid_request_error',
      error: { error: { message: 'messages.1.content.0: Invalid `signature` in `thinking` block' } },
    });
    await expect(back({ model: 'claude-opus-4-6' }, first.content)).rejects.toMatchObject({ status: 400 });
  });

  test('of adaptive models may be kept back, and its tokens are told', async () => {
    const message = await bed.client().messages.create({
      model: 'claude-opus-5',
      max_tokens: 4000,
      thinking: { type: 'adaptive', display: 'omitted' },
      output_config: { effort: 'high' },
      messages: ask('What is the capital of France?'),
    });
    expect(message.content).toMatchObject([
      { type: 'thinking', thinking: '', signature: expect.stringMatching(/^E/) as string },
      { type: 'text', text: 'Paris' },
    ]);
    expect(message.usage.output_tokens_details).toEqual({ thinking_tokens: 320 });
  });

  test('that is hidden comes as data, in a stream whole, and may come back', async () => {
    const asked = ask('ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING_0123');
    const hidden = { model: 'claude-sonnet-4-6', max_tokens: 4000, thinking };
    const message = await bed
      .client()
      .messages.stream({ ...hidden, messages: asked })
      .finalMessage();
    expect(message.content[0]).toEqual({ type: 'redacted_thinking', data: expect.any(String) as string });
    const messages = [...asked, { role: 'assistant' as const, content: message.content }, ...ask('2+2')];
    expect(await bed.client().messages.create({ ...hidden, messages })).toMatchObject({ stop_reason: 'end_turn' });
    const forged = [{ type: 'redacted_thinking' as const, data: 'RQ==' }];
    await expect(
      bed
        .client()
        .messages.create({ ...hidden, messages: [...asked, { role: 'assistant', content: forged }, ...asked] }),
    ).rejects.toMatchObject({ status: 400 });
  });
});

describe('what a request carries besides text', () => {
  test('structured output fits its schema', async () => {
    const schema = {
      type: 'object',
      properties: { city: { type: 'string' }, population: { type: 'integer' } },
      required: ['city', 'population'],
      additionalProperties: false,
    };
    const message = await bed.client().messages.parse({
      model,
      max_tokens: 300,
      messages: ask('Tell me about Paris'),
      output_config: { format: { type: 'json_schema', schema, parse: (text: string) => JSON.parse(text) as unknown } },
    });
    expect(message.parsed_output).toEqual({
      city: expect.any(String) as string,
      population: expect.any(Number) as number,
    });
  });

  test('images cost their pixels, documents their pages and texts', async () => {
    const png = Buffer.alloc(40);
    png.writeUInt32BE(0x89504e47, 0);
    png.writeUInt32BE(750, 16);
    png.writeUInt32BE(100, 20);
    const count = async (content: Anthropic.ContentBlockParam[]): Promise<number> => {
      const counted = await bed
        .client()
        .messages.countTokens({ model: 'claude-sonnet-4-6', messages: [{ role: 'user', content }] });
      return counted.input_tokens;
    };
    const text = { type: 'text', text: 'hello' } as const;
    const image = { type: 'base64', media_type: 'image/png', data: png.toString('base64') } as const;
    const pdf = Buffer.from('%PDF-1.4 /Type /Page /Type /Page').toString('base64');
    expect(await count([text])).toBe(8);
    expect(await count([{ type: 'image', source: image }, text])).toBe(108);
    const document = { type: 'base64', media_type: 'application/pdf', data: pdf } as const;
    expect(await count([{ type: 'document', source: document }, text])).toBe(8 + 2 * 1600);
  });

  test('a text document is read before the question', async () => {
    const data = 'The access code of the archive is 7413. The archive is closed on Mondays.';
    const message = await bed.client().messages.create({
      model,
      max_tokens: 200,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'document', source: { type: 'text', media_type: 'text/plain', data } },
            { type: 'text', text: 'What is the access code of the archive?' },
          ],
        },
      ],
    });
    expect(message.content[0]).toMatchObject({ text: expect.stringContaining('7413') as string });
  });
});

test('the cache is written, read, and goes by itself', async () => {
  const system: Anthropic.TextBlockParam[] = [
    { type: 'text', text: 'All rivers flow into the sea. '.repeat(400), cache_control: { type: 'ephemeral' } },
  ];
  const request = { model: 'claude-sonnet-4-6', max_tokens: 50, system };
  const usage = async (content: string, over = {}) => {
    const { usage: used } = await bed.client().messages.create({ ...request, ...over, messages: ask(content) });
    return used;
  };
  const first = await usage('hello');
  expect(first.cache_read_input_tokens).toBe(0);
  expect(first.cache_creation_input_tokens).toBeGreaterThan(2000);
  expect(first.cache_creation?.ephemeral_5m_input_tokens).toBe(first.cache_creation_input_tokens);
  const second = await usage('2+2');
  expect(second.cache_read_input_tokens).toBeGreaterThan(2000);
  expect(second.cache_creation_input_tokens).toBe(0);
  expect(second.input_tokens).toBeLessThan(40);
  expect((await usage('hello', { model: 'claude-opus-4-6' })).cache_read_input_tokens).toBe(0);
  const short: Anthropic.TextBlockParam[] = [{ type: 'text', text: 'Brief.', cache_control: { type: 'ephemeral' } }];
  expect(await usage('hello', { system: short })).toMatchObject({
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
  });
});
