import { expect, test } from 'vitest';
import type { ScriptedAnswer } from '../generation/script.ts';
import { parseAnswerRule } from './answer.ts';

test('an answer with every field is read as it was written', () => {
  const reply: ScriptedAnswer = {
    text: 'a b',
    reasoning: 'because',
    toolCalls: [
      { name: 'f', arguments: { x: 1 } },
      { name: 'g', arguments: '{"y":2' },
    ],
    finishReason: 'length',
    usage: { inputTokens: 1, outputTokens: 2, cachedTokens: 0, reasoningTokens: 1 },
    chunks: ['a', ' b'],
  };
  const rule = parseAnswerRule({ match: { model: 'm' }, times: 2, reply });
  expect(rule.value).toEqual(reply);
  expect(rule.times).toBe(2);
});

test.each([
  [{}, 'answer.reply: expected an object, found nothing'],
  [
    { reply: {} },
    'answer.reply: expected at least one of text, reasoning, refusal, toolCalls, finishReason, usage, chunks, items, failure, found {}',
  ],
  [{ reply: { txt: 'x' } }, 'answer.reply.txt: expected one of the fields'],
  [
    { reply: { toolCalls: [{ name: 'f', arguments: 1 }] } },
    'answer.reply.toolCalls[0].arguments: expected JSON text or an object, found 1',
  ],
  [
    { reply: { finishReason: 'end' } },
    'answer.reply.finishReason: expected one of stop, length, tool_calls, content_filter, found "end"',
  ],
  [
    { reply: { usage: { outputTokens: -1 } } },
    'answer.reply.usage.outputTokens: expected a whole number of at least 0, found -1',
  ],
  [{ reply: { chunks: ['a', 1] } }, 'answer.reply.chunks[1]: expected a string, found 1'],
  [{ reply: { text: 'x' }, times: 1.5 }, 'answer.times: expected a whole number of at least 1, found 1.5'],
])('an answer that cannot be used is refused in one sentence: %j', (rule, sentence) => {
  expect(() => parseAnswerRule(rule)).toThrow(sentence);
});
