import { expect, test } from 'vitest';
import type { ScriptedAnswer } from '../../generation/script.ts';
import type { RequestFacts } from '../facts.ts';
import { parseAnswerRule } from './answer-rule.ts';

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
  expect(rule.value).toMatchObject({ scripted: reply });
  expect(rule.times).toBe(2);
});

test.each([
  [{}, 'answer: expected either answer or reply, which mean the same, found nothing'],
  [{ answer: 'a', reply: 'b' }, 'answer: expected either answer or reply, which mean the same, found "both"'],
  [{ text: 'x' }, 'answer.text: expected one of the fields match, times, once, answer, reply, found "text"'],
  [
    { reply: {} },
    'answer.reply: expected at least one of text, reasoning, refusal, toolCalls, finishReason, usage, chunks, items, failure, embedding, error, raw, reply, fault, pace, found {}',
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
  [{ reply: { embedding: [1, 'a'] } }, 'answer.reply.embedding[1]: expected a number, found "a"'],
  [
    { answer: { reply: { text: 'x' } } },
    'answer.answer.reply: expected status, headers, body or events; text belongs into the answer itself',
  ],
  [{ reply: { text: 'x' }, times: 1.5 }, 'answer.times: expected a whole number of at least 1, found 1.5'],
])('an answer that cannot be used is refused in one sentence: %j', (rule, sentence) => {
  expect(() => parseAnswerRule(rule)).toThrow(sentence);
});

const facts: RequestFacts = {
  operation: 'chat.completions',
  generates: true,
  model: 'm',
  stream: false,
  headers: {},
  text: () => 'hi',
};

test('answer and reply mean the same, and once is one use', () => {
  const [answer, reply] = [parseAnswerRule({ answer: 'hi', once: true }), parseAnswerRule({ reply: { text: 'hi' } })];
  expect([answer.value.scripted, reply.value.scripted]).toEqual([{ text: 'hi' }, { text: 'hi' }]);
  expect([answer.times, reply.times]).toEqual([1, undefined]);
});

test('a rule answers what generates, an embedding embeddings alone, and one that names an operation that', () => {
  const models = { ...facts, operation: 'models.list', generates: false };
  const embeddings = { ...facts, operation: 'embeddings', generates: false };
  const fits = (rule: object): boolean[] =>
    [facts, embeddings, models].map((one) => parseAnswerRule(rule).matches(one));
  expect(fits({ reply: 'hi' })).toEqual([true, false, false]);
  expect(fits({ reply: { embedding: [1, 0] } })).toEqual([false, true, false]);
  expect(fits({ match: { operation: 'models.list' }, reply: { error: { status: 503 } } })).toEqual([
    false,
    false,
    true,
  ]);
});
