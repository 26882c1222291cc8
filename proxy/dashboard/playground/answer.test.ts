import { expect, test } from 'vitest';
import { NO_ANSWER, withPart, type Answer } from './answer.ts';

const read = (api: 'chat' | 'responses', ...parts: readonly unknown[]): Answer =>
  parts.reduce<Answer>((answer, part) => withPart(answer, api, part), NO_ANSWER);

test('chunks of a chat stream: text, reasoning, calls in pieces, usage, the reason of its end', () => {
  const delta = (said: object, finish_reason: string | null = null) => ({ choices: [{ delta: said, finish_reason }] });
  const call = (index: number, asked: object) => delta({ tool_calls: [{ index, function: asked }] });
  const answer = read(
    'chat',
    delta({ role: 'assistant', content: '' }),
    delta({ reasoning_content: 'Hm.' }),
    delta({ content: 'Hel' }),
    delta({ content: 'lo' }),
    call(0, { name: 'weather', arguments: '{"at":' }),
    call(1, { name: 'time', arguments: '{}' }),
    call(0, { arguments: '"Oslo"}' }),
    delta({}, 'tool_calls'),
    { choices: [], usage: { total_tokens: 7 } },
  );
  expect(answer).toEqual({
    text: 'Hello',
    reasoning: 'Hm.',
    tools: [
      { name: 'weather', input: '{"at":"Oslo"}' },
      { name: 'time', input: '{}' },
    ],
    usage: { total_tokens: 7 },
    finish: 'tool_calls',
  });
});

test('a whole chat completion', () => {
  const tool_calls = [{ id: 'a', function: { name: 'f', arguments: '{}' } }];
  const choices = [{ message: { content: null, refusal: 'No.', tool_calls }, finish_reason: 'stop' }];
  expect(read('chat', { choices, usage: { total_tokens: 1 } })).toMatchObject({
    text: 'No.',
    tools: [{ name: 'f', input: '{}' }],
    finish: 'stop',
  });
});

const OUTPUT = [
  { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }] },
  { type: 'message', content: [{ type: 'output_text', text: 'Hello' }] },
  { type: 'function_call', name: 'f', arguments: '{}' },
];
const READ = {
  text: 'Hello',
  reasoning: 'Hm.',
  tools: [{ name: 'f', input: '{}' }],
  usage: { total_tokens: 3 },
  finish: 'completed',
};

test('a response, whole and as events: each part counts once', () => {
  const whole = { status: 'completed', output: OUTPUT, usage: { total_tokens: 3 } };
  expect(read('responses', whole)).toEqual(READ);
  const events = [
    { type: 'response.created', response: { status: 'in_progress', output: [] } },
    { type: 'response.output_item.added', item: { type: 'reasoning', summary: [] } },
    { type: 'response.reasoning_summary_text.delta', delta: 'Hm.' },
    { type: 'response.output_item.added', item: { type: 'message', content: [] } },
    { type: 'response.output_text.delta', delta: 'Hel' },
    { type: 'response.output_text.delta', delta: 'lo' },
    { type: 'response.output_text.done', text: 'Hello' },
    { type: 'response.output_item.added', item: { type: 'function_call', name: 'f', arguments: '' } },
    { type: 'response.function_call_arguments.delta', delta: '{}' },
    { type: 'response.output_item.done', item: OUTPUT[2] },
    { type: 'response.completed', response: whole },
  ];
  expect(read('responses', ...events)).toEqual(READ);
});

test.each<['chat' | 'responses', unknown, string]>([
  ['chat', { error: { message: 'No.' } }, 'No.'],
  ['responses', { type: 'error', message: 'Broken.' }, 'Broken.'],
  ['responses', { type: 'response.failed', response: { status: 'failed', error: { message: 'Lost.' } } }, 'Lost.'],
  ['chat', { error: 'flat' }, '"flat"'],
])('%s: an error is shown: %j', (api, part, fault) => {
  expect(read(api, part)).toMatchObject({ fault });
});

test.each([undefined, null, 7, 'text', [], { choices: 3 }, { choices: [null] }, { output: [{ content: 'x' }] }])(
  'what is no answer is read as none: %j',
  (part) => {
    for (const api of ['chat', 'responses'] as const) expect(read(api, part)).toMatchObject(NO_ANSWER);
  },
);
