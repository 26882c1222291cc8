import { zodResponseFormat } from 'openai/helpers/zod';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { bedForFile, weatherTool } from './bed.ts';

const bed = bedForFile();
const model = 'gpt-4o-mini';
const ask = (content: string): { role: 'user'; content: string }[] => [{ role: 'user', content }];

test('a completion has its text, its usage adds up, and the request id is there', async () => {
  const completion = await bed
    .client()
    .chat.completions.create({ model, messages: ask('What is the capital of France?') });
  expect(completion.choices[0]?.message.content).toBe('Paris');
  expect(completion.choices[0]?.finish_reason).toBe('stop');
  expect(completion.model).toBe('gpt-4o-mini-2024-07-18');
  expect(completion.usage!.total_tokens).toBe(completion.usage!.prompt_tokens + completion.usage!.completion_tokens);
  expect(completion._request_id).toMatch(/^req_[0-9a-f]{32}$/);
});

test('the chunks of a stream make the same text, and usage comes last when it is asked for', async () => {
  const stream = await bed.client().chat.completions.create({
    model,
    messages: ask('Count from 1 to 5'),
    stream: true,
    stream_options: { include_usage: true },
  });
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('1\n2\n3\n4\n5');
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: expect.any(Number) as number } });
  expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
  expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
});

test('the stream helper ends with what the unary call gives', async () => {
  const request = { model, messages: ask('Tell me about rivers') };
  const unary = await bed.client().chat.completions.create(request);
  const helper = bed.client().chat.completions.stream(request);
  const final = await helper.finalChatCompletion();
  expect(final.choices[0]).toMatchObject({
    index: 0,
    finish_reason: 'stop',
    message: { role: 'assistant', content: unary.choices[0]!.message.content, refusal: null },
  });
  expect(await helper.finalContent()).toBe('Mock response to: Tell me about rivers');
});

test('a client that breaks out of a stream is seen to leave', async () => {
  await bed.mock.pace({ tokensPerSecond: 5 });
  const stream = await bed.client().chat.completions.create({ model, messages: ask('go on for long'), stream: true });
  for await (const _chunk of stream) break;
  await expect.poll(async () => (await bed.mock.requests())[0]?.aborted).toBe(true);
});

test('n choices come one by one and are told apart', async () => {
  const request = { model, messages: ask('2+2'), n: 3 };
  const unary = await bed.client().chat.completions.create(request);
  const final = await bed.client().chat.completions.stream(request).finalChatCompletion();
  expect(unary.choices.map(({ index }) => index)).toEqual([0, 1, 2]);
  expect(final.choices.map(({ message }) => message.content)).toEqual(['4', '4', '4']);
});

test('parse gives an object that fits the schema', async () => {
  const Event = z.object({
    name: z.string(),
    when: z.object({ year: z.number().int() }),
    tags: z.array(z.enum(['a', 'b'])),
  });
  const completion = await bed.client().chat.completions.parse({
    model,
    messages: ask('an event'),
    response_format: zodResponseFormat(Event, 'event'),
  });
  const parsed = completion.choices[0]?.message.parsed;
  expect(Event.safeParse(parsed).success).toBe(true);
});

test('a streamed structured answer is parsed by the helper', async () => {
  const Point = z.object({ x: z.number(), label: z.string() });
  const helper = bed.client().chat.completions.stream({
    model,
    messages: ask('a point'),
    response_format: zodResponseFormat(Point, 'point'),
  });
  const final = await helper.finalChatCompletion();
  expect(Point.safeParse(final.choices[0]?.message.parsed).success).toBe(true);
});

test.each([[false], [true]])('runTools calls the tool, reads its answer back and ends (stream: %s)', async (stream) => {
  const calls: unknown[] = [];
  const tool = {
    type: 'function' as const,
    function: {
      ...weatherTool.function,
      parameters: weatherTool.function.parameters as unknown as Record<string, unknown>,
      parse: JSON.parse,
      function: (args: unknown) => {
        calls.push(args);
        return 'sunny, 21 degrees';
      },
    },
  };
  const body = { model, messages: ask('What is the weather in Paris?'), tools: [tool] };
  const { completions } = bed.client().chat;
  const runner = stream ? completions.runTools({ ...body, stream: true }) : completions.runTools(body);
  expect(await runner.finalContent()).toContain('sunny, 21 degrees');
  expect(calls).toEqual([{ city: expect.any(String) as string, unit: expect.stringMatching(/^[cf]$/) as string }]);
  expect(await bed.mock.requests()).toHaveLength(2);
});

test.each([
  ['none', undefined],
  ['required', 'get_weather'],
  [{ type: 'function' as const, function: { name: 'get_weather' } }, 'get_weather'],
])('tool_choice %j is honoured', async (toolChoice, name) => {
  const { choices } = await bed.client().chat.completions.create({
    model,
    messages: ask('hello'),
    tools: [weatherTool],
    tool_choice: toolChoice as never,
  });
  const call = choices[0]?.message.tool_calls?.[0];
  expect(call?.type === 'function' ? call.function.name : undefined).toBe(name);
});

test('a scripted answer with tool calls arrives the same way, streamed or not', async () => {
  const reply = {
    toolCalls: [
      { name: 'a', arguments: { x: 'é' } },
      { name: 'b', arguments: '{}' },
    ],
  };
  await bed.mock.answer({ match: { model }, reply });
  const request = { model, messages: ask('go') };
  const unary = (await bed.client().chat.completions.create(request)).choices[0]!;
  const streamed = (await bed.client().chat.completions.stream(request).finalChatCompletion()).choices[0]!;
  const calls = (choice: typeof unary): unknown[] =>
    choice.message.tool_calls!.map((call) =>
      call.type === 'function' ? [call.function.name, call.function.arguments] : call,
    );
  expect(calls(unary)).toEqual([
    ['a', '{"x":"é"}'],
    ['b', '{}'],
  ]);
  expect(calls(streamed as typeof unary)).toEqual(calls(unary));
  expect([unary.finish_reason, streamed.finish_reason]).toEqual(['tool_calls', 'tool_calls']);
});

test('a scripted refusal arrives as a refusal', async () => {
  await bed.mock.answer({ reply: { refusal: 'I will not.' } });
  const final = await bed
    .client()
    .chat.completions.stream({ model, messages: ask('go') })
    .finalChatCompletion();
  expect(final.choices[0]?.message).toMatchObject({ content: null, refusal: 'I will not.' });
});

test('max_completion_tokens cuts the answer and says so', async () => {
  const { choices, usage } = await bed
    .client()
    .chat.completions.create({ model, messages: ask('a sentence of many words, please'), max_completion_tokens: 3 });
  expect(choices[0]?.finish_reason).toBe('length');
  expect(usage?.completion_tokens).toBe(3);
});

test('legacy completions answer, streamed or not', async () => {
  const request = { model: 'gpt-3.5-turbo-instruct', prompt: 'What is 2+2?' };
  const unary = await bed.client().completions.create(request);
  const stream = await bed.client().completions.create({ ...request, stream: true });
  let text = '';
  for await (const chunk of stream) text += chunk.choices[0]?.text ?? '';
  expect([unary.choices[0]?.text, text]).toEqual(['4', '4']);
});
