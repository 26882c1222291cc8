import OpenAI from 'openai';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import { completions } from './completions.ts';
import { parseEvent } from '../../wire/sse-event.ts';

const usage = { prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 };
const logprobs: JsonObject = {
  tokens: ['One', ' two'],
  token_logprobs: [-0.5, -0.25],
  top_logprobs: [null, { ' two': -0.25 }],
  text_offset: [0, 3],
};
const choice = (more: JsonObject): JsonObject => ({
  text: '',
  index: 0,
  logprobs: null,
  finish_reason: 'length',
  ...more,
});
const completion = (choices: JsonObject[]): JsonObject => ({
  id: 'cmpl-1',
  object: 'text_completion',
  created: 1_750_000_000,
  model: 'gpt-3.5-turbo-instruct:20230824-v2',
  choices,
  usage,
});

const samples: [string, JsonObject][] = [
  ['text', completion([choice({ text: '\n\nÉins "zwei" 😀' })])],
  ['no text', completion([choice({ finish_reason: 'stop' })])],
  ['two choices', completion([choice({ text: 'a b' }), choice({ text: 'c', index: 1 })])],
  ['logprobs', completion([choice({ text: 'One two', logprobs })])],
  ['logprobs of split characters', completion([choice({ text: '😀', logprobs })])],
];

test.each(samples)('%s: stream and body are one, in our eyes and those of the official SDK', async (_, answer) => {
  const body = Buffer.from(JSON.stringify(answer, null, 2));
  const events = completions.bodyToStream(body);
  expect(completions.streamToBody(events).toString()).toBe(body.toString());
  expect(completions.judgeStream(events)).toEqual(completions.judgeBody(body));
  expect(completions.judgeBody(body)).toMatchObject({ ended: true, id: 'cmpl-1', usage: { input: 2, output: 3 } });
  const atLimit = (answer['choices'] as JsonObject[]).some((one) => one['finish_reason'] === 'length');
  expect(completions.judgeBody(body).atLimit === true).toBe(atLimit);

  const client = new OpenAI({
    apiKey: 'none',
    fetch: async () =>
      new Response(new Uint8Array(Buffer.concat(events)), { headers: { 'content-type': 'text/event-stream' } }),
  });
  const text: string[] = [];
  for await (const chunk of await client.completions.create({ model: 'm', prompt: 'x', stream: true })) {
    for (const { index, text: piece } of chunk.choices) text[index] = (text[index] ?? '') + piece;
  }
  expect(text).toEqual((answer['choices'] as JsonObject[]).map((one) => one['text']));
});

test('chunks have the members of the real API in their order, usage last', () => {
  const events = completions.bodyToStream(Buffer.from(JSON.stringify(completion([choice({ text: 'a b' })]))));
  const head = '{"id":"cmpl-1","object":"text_completion","created":1750000000,"choices":';
  const model = ',"model":"gpt-3.5-turbo-instruct:20230824-v2","usage":';
  expect(events.map((event) => parseEvent(event).data)).toEqual([
    `${head}[{"text":"a","index":0,"logprobs":null,"finish_reason":null}]${model}null}`,
    `${head}[{"text":" b","index":0,"logprobs":null,"finish_reason":null}]${model}null}`,
    `${head}[{"text":"","index":0,"logprobs":null,"finish_reason":"length"}]${model}null}`,
    `${head}[]${model}${JSON.stringify(usage)}}`,
    '[DONE]',
  ]);
});
