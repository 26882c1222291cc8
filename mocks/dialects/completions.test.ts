import type { Completion } from 'openai/resources/completions';
import { expect, test } from 'vitest';
import type { StreamReply } from './reply.ts';
import { bodyOf, call, dataOf, testContext } from './testing.ts';

const ask = (body: object) =>
  call('completions', { body: { model: 'gpt-3.5-turbo-instruct', prompt: '2+2', ...body } }, testContext());
const complete = (body: object) => bodyOf(ask(body)) as Completion;
const chunks = (body: object) => dataOf(ask({ stream: true, ...body })) as readonly Completion[];

test('the body has the provider’s keys in its order', () => {
  const body = complete({});
  expect(Object.keys(body)).toEqual(['id', 'object', 'created', 'model', 'choices', 'usage']);
  expect(body.choices).toEqual([{ text: '4', index: 0, logprobs: null, finish_reason: 'stop' }]);
  expect(body.usage).toEqual({ prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 });
});

test('16 tokens are the default limit', () => {
  const body = complete({ prompt: 'a bedtime story with a unicorn' });
  expect(body.choices[0]!.finish_reason).toBe('length');
  expect(body.usage!.completion_tokens).toBe(16);
});

test('several prompts and n make a choice each, echo puts the prompt before', () => {
  const body = complete({ prompt: ['2+2', 'capital of France'], n: 2, echo: true });
  expect(body.choices.map(({ index, text }) => [index, text])).toEqual([
    [0, '2+24'],
    [1, '2+24'],
    [2, 'capital of FranceParis'],
    [3, 'capital of FranceParis'],
  ]);
});

test('a stream ends each choice, then usage, then [DONE], with the model after the choices', () => {
  const events = [...(ask({ stream: true, stream_options: { include_usage: true } }) as StreamReply).events];
  expect(events.at(-1)!.bytes).toBe('data: [DONE]\n\n');
  const all = chunks({ stream_options: { include_usage: true } });
  expect(Object.keys(all[0]!)).toEqual(['id', 'object', 'created', 'choices', 'model', 'usage']);
  expect(all.map(({ choices }) => choices[0]?.text)).toEqual(['4', '', undefined]);
  expect(all[1]!.choices[0]!.finish_reason).toBe('stop');
  expect(all[2]!.usage).toEqual({ prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 });
});

test('a prompt of another kind is refused', () => {
  expect(ask({ prompt: { text: 'x' } }).status).toBe(400);
  expect(ask({ prompt: [] }).status).toBe(400);
});

test('a prompt in tokens is the text they stand for', () => {
  const { tokenizer } = testContext();
  const ids = tokenizer.ids('2+2', 'cl100k_base');
  expect(complete({ prompt: ids }).choices[0]!.text).toBe('4');
  expect(complete({ prompt: [ids, ids] }).choices).toHaveLength(2);
  expect(complete({ prompt: ids }).usage!.prompt_tokens).toBe(3);
});

test('logprobs come in the older form, with offsets from the beginning of the prompt', () => {
  const { logprobs } = complete({ prompt: 'capital of France', logprobs: 2 }).choices[0]!;
  expect(logprobs).toMatchObject({ tokens: ['Paris'], text_offset: [17] });
  expect(logprobs!.token_logprobs![0]).toBeLessThan(0);
  expect(Object.keys(logprobs!.top_logprobs![0]!)).toEqual(['Paris', ' the']);
  const echoed = complete({ prompt: 'capital of France', logprobs: 0, echo: true, max_tokens: 0 }).choices[0]!;
  expect(echoed).toMatchObject({ text: 'capital of France', finish_reason: 'length' });
  expect(echoed.logprobs).toMatchObject({ tokens: ['capital', ' of', ' France'], text_offset: [0, 7, 10] });
  const offsets = chunks({ prompt: 'Count from 1 to 5', logprobs: 1 }).map(
    ({ choices }) => choices[0]!.logprobs?.text_offset?.[0],
  );
  expect(offsets.slice(0, 3)).toEqual([17, 18, 19]);
});

test('best_of is billed, n is returned, a suffix counts as prompt', () => {
  const body = complete({ n: 2, best_of: 5 });
  expect(body.choices).toHaveLength(2);
  expect(body.usage!.completion_tokens).toBe(5);
  expect(complete({ suffix: ' = four' }).usage!.prompt_tokens).toBe(5);
});
