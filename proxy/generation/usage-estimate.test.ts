import { expect, test } from 'vitest';
import { PROTOCOLS } from '../protocols/table.ts';
import { chunk } from './generation.fixture.ts';
import { estimateInput, estimateOutput, scaledOutput } from './usage-estimate.ts';

const input = (body: object): number => estimateInput(Buffer.from(JSON.stringify(body)));
const eight = '12345678';

test.each([
  ['text', { messages: [{ content: eight }] }, 2],
  ['tools and instructions', { instructions: eight, tools: [{ function: { description: eight } }] }, 4],
  ['names, users and metadata are no prompt', { model: eight, user: eight, metadata: { a: eight }, input: '' }, 0],
  ['pictures as data', { input: [{ image_url: `data:image/png;base64,${eight}` }, { data: eight }] }, 0],
  ['numbers and nothing', { n: 12, x: null, y: true }, 0],
])('%s', (_what, body, tokens) => {
  expect(input(body)).toBe(tokens);
});

test('a body that is no JSON counts nothing', () => {
  expect(estimateInput(Buffer.from('no'))).toBe(0);
});

test('text, refusals, reasoning and tool arguments are output; roles and ids are none', () => {
  const deltas = [
    { role: 'assistant', content: '' },
    { content: 'a' },
    { refusal: 'b' },
    { reasoning_content: 'c' },
    { tool_calls: [{ index: 0, id: 'call_123456789012345', function: { name: 'f', arguments: '' } }] },
    { tool_calls: [{ index: 0, function: { arguments: '{"' } }] },
  ];
  const events = deltas.map((delta) => Buffer.from(chunk(delta)));
  expect(estimateOutput(PROTOCOLS['chat.completions'], events)).toBe(5);
});

test('a piece of more than twelve characters holds several tokens', () => {
  const events = ['x'.repeat(12), 'x'.repeat(13)].map((content) => Buffer.from(chunk({ content })));
  expect(events.map((event) => estimateOutput(PROTOCOLS['chat.completions'], [event]))).toEqual([1, 3]);
});

test('Responses: deltas count, whole items do not count again', () => {
  const event = (payload: object): Buffer => Buffer.from(`data: ${JSON.stringify(payload)}\n\n`);
  const events = [
    event({ type: 'response.output_text.delta', delta: 'one' }),
    event({ type: 'response.function_call_arguments.delta', delta: '{}' }),
    event({ type: 'response.output_text.done', text: 'one' }),
    event({ type: 'response.completed', response: { id: 'resp_1' } }),
    Buffer.from('data: [DONE]\n\n'),
  ];
  expect(estimateOutput(PROTOCOLS.responses, events)).toBe(2);
});

test('the part that was seen stands for the whole', () => {
  expect(scaledOutput(10, 100, 1_000)).toBe(100);
  expect(scaledOutput(10, 0, 1_000)).toBe(0);
});
