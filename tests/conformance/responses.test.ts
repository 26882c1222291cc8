import { zodTextFormat } from 'openai/helpers/zod';
import type { Response } from 'openai/resources/responses/responses';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { bedForFile, weatherTool } from './bed.ts';

const bed = bedForFile();
const model = 'gpt-4o-mini';
const tools = [
  { type: 'function' as const, ...weatherTool.function, parameters: { ...weatherTool.function.parameters } },
];

/** What does not change from one generation to the next. */
function essence({ output, status, usage, model: snapshot }: Response): unknown {
  const items = output.map((item) => ({
    ...item,
    id: 'id',
    ...('call_id' in item ? { call_id: 'call' } : {}),
    parsed_arguments: undefined,
  }));
  return JSON.parse(
    JSON.stringify({ items, status, usage, snapshot }, (key, value: unknown) => (key === 'parsed' ? undefined : value)),
  );
}

test('a response has its text and its usage adds up', async () => {
  const response = await bed.client().responses.create({ model, input: 'What is the capital of France?' });
  expect(response.output_text).toBe('Paris');
  expect(response.status).toBe('completed');
  expect(response.usage!.total_tokens).toBe(response.usage!.input_tokens + response.usage!.output_tokens);
});

test('the events of a stream are numbered without a gap and begin and end as they must', async () => {
  const stream = await bed.client().responses.create({ model, input: 'Count from 1 to 5', stream: true });
  const events = [];
  for await (const event of stream) events.push(event);
  expect(events.map((event) => event.sequence_number)).toEqual(events.map((_event, index) => index));
  expect([events[0]?.type, events[1]?.type, events.at(-1)?.type]).toEqual([
    'response.created',
    'response.in_progress',
    'response.completed',
  ]);
  const deltas = events.map((event) => (event.type === 'response.output_text.delta' ? event.delta : ''));
  expect(deltas.join('')).toBe('1\n2\n3\n4\n5');
});

test.each([
  ['text', { input: 'Tell me about rivers' }],
  ['a tool call', { input: 'weather?', tools }],
  ['reasoning with a summary', { model: 'gpt-5-mini', input: 'think', reasoning: { summary: 'auto' as const } }],
  ['a schema', { input: 'x', text: { format: zodTextFormat(z.object({ a: z.number() }), 'a') } }],
])('the stream helper ends with what the unary call gives: %s', async (_kind, request) => {
  const unary = await bed.client().responses.create({ model, ...request });
  const final = await bed
    .client()
    .responses.stream({ model, ...request })
    .finalResponse();
  expect(essence(final)).toEqual(essence(unary));
});

test('a scripted refusal and scripted tool calls arrive the same way, streamed or not', async () => {
  const replies = [{ refusal: 'I will not.' }, { reasoning: 'hm', toolCalls: [{ name: 'f', arguments: { a: [1] } }] }];
  for (const reply of replies) {
    await bed.mock.reset();
    await bed.mock.answer({ match: { operation: 'responses' }, reply });
    const unary = await bed.client().responses.create({ model: 'gpt-5-mini', input: 'go' });
    const final = await bed.client().responses.stream({ model: 'gpt-5-mini', input: 'go' }).finalResponse();
    expect(essence(final)).toEqual(essence(unary));
    expect(JSON.stringify(unary.output)).toContain('refusal' in reply ? 'I will not.' : '{\\"a\\":[1]}');
  }
});

test('parse gives an object that fits the schema, streamed or not', async () => {
  const Recipe = z.object({ title: z.string(), steps: z.array(z.object({ text: z.string(), minutes: z.number() })) });
  const request = { model, input: 'a recipe', text: { format: zodTextFormat(Recipe, 'recipe') } };
  const parsed = await bed.client().responses.parse(request);
  const streamed = await bed.client().responses.stream(request).finalResponse();
  expect(Recipe.safeParse(parsed.output_parsed).success).toBe(true);
  expect(streamed.output_parsed).toEqual(parsed.output_parsed);
});

test('a tool loop by hand: call, answer, text', async () => {
  const client = bed.client();
  const first = await client.responses.create({ model, input: 'weather in Paris?', tools });
  const call = first.output.find((item) => item.type === 'function_call')!;
  expect(Object.keys(JSON.parse(call.arguments) as object)).toEqual(['city', 'unit']);
  const second = await client.responses.create({
    model,
    tools,
    previous_response_id: first.id,
    input: [{ type: 'function_call_output', call_id: call.call_id, output: 'sunny' }],
  });
  expect(second.output_text).toContain('sunny');
  expect(second.previous_response_id).toBe(first.id);
  expect(second.usage!.input_tokens).toBeGreaterThan(first.usage!.input_tokens);
});

test('a stored response is retrieved, its input listed, and it is deleted', async () => {
  const { responses } = bed.client();
  const created = await responses.create({ model, input: 'hello' });
  expect((await responses.retrieve(created.id)).output_text).toBe(created.output_text);
  const items = await responses.inputItems.list(created.id);
  expect(items.data).toMatchObject([
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hello' }] },
  ]);
  await responses.delete(created.id);
  await expect(responses.retrieve(created.id)).rejects.toMatchObject({ status: 404 });
});

test('input tokens are counted as the response itself counts them', async () => {
  const { responses } = bed.client();
  const input = 'How many tokens are these?';
  const [counted, created] = [
    await responses.inputTokens.count({ model, input }),
    await responses.create({ model, input }),
  ];
  expect(counted.input_tokens).toBe(created.usage!.input_tokens);
});

test('background work is queued and completed when it is polled', async () => {
  const { responses } = bed.client();
  const queued = await responses.create({ model, input: 'What is 2+2?', background: true });
  expect([queued.status, queued.output]).toEqual(['queued', []]);
  await expect.poll(async () => (await responses.retrieve(queued.id)).status).toBe('completed');
  expect((await responses.retrieve(queued.id)).output_text).toBe('4');
});

test('background work can be cancelled, other work cannot', async () => {
  const { responses } = bed.client();
  const queued = await responses.create({ model, input: 'hello', background: true });
  expect((await responses.cancel(queued.id)).status).toBe('cancelled');
  const done = await responses.create({ model, input: 'hello' });
  await expect(responses.cancel(done.id)).rejects.toMatchObject({ status: 400 });
});

test('a background stream is taken up again after the event that was seen last', async () => {
  const { responses } = bed.client();
  const stream = await responses.create({ model, input: 'Count from 1 to 5', background: true, stream: true });
  const all = [];
  for await (const event of stream) all.push(event);
  const id = all.flatMap((event) => (event.type === 'response.created' ? [event.response.id] : []))[0]!;
  const rest = [];
  for await (const event of await responses.retrieve(id, { stream: true, starting_after: 3 })) rest.push(event);
  expect(rest).toEqual(all.slice(4));
});

test('max_output_tokens makes the response incomplete and says why, streamed or not', async () => {
  const request = { model, input: 'many words '.repeat(20), max_output_tokens: 16 };
  const incomplete = { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } };
  expect(await bed.client().responses.create(request)).toMatchObject(incomplete);
  const stream = await bed.client().responses.create({ ...request, stream: true });
  const events = [];
  for await (const event of stream) events.push(event);
  expect(events.at(-1)).toMatchObject({ type: 'response.incomplete', response: incomplete });
});
