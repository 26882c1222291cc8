import { expect, test } from 'vitest';
import type { DialectRequest } from '../reply.ts';
import { testContext } from '../testing.ts';
import { refusesAs } from './strict.ts';

const refuses = refusesAs('GenerateContentRequest');

function judged(body: unknown, level: 'spec' | 'openai' = 'spec', model = 'gemini-2.5-flash'): string | undefined {
  const request: DialectRequest = {
    method: 'POST',
    path: `/v1beta/models/${model}:generateContent`,
    params: { model },
    query: new URLSearchParams(),
    headers: {},
    body,
    rawBody: Buffer.alloc(0),
  };
  return refuses(request, level, testContext())?.message;
}

const user = { role: 'user', parts: [{ text: 'Hi' }] };
const calls = (...names: string[]) => ({
  role: 'model',
  parts: names.map((name) => ({ functionCall: { name, args: {} } })),
});
const results = (...names: string[]) => ({
  role: 'user',
  parts: names.map((name) => ({ functionResponse: { name, response: {} } })),
});
const withConfig = (generationConfig: object) => ({ contents: [user], generationConfig });
const withTool = (declaration: object) => ({ contents: [user], tools: [{ functionDeclarations: [declaration] }] });

test.each([
  ['a question', { contents: [user] }],
  ['a call and its result', { contents: [user, calls('a'), results('a')] }],
  ['parallel calls and their results in one turn', { contents: [user, calls('a', 'b'), results('b', 'a')] }],
  ['chunks of a stream as contents of their own', { contents: [user, calls('a'), calls('b'), results('a', 'b')] }],
  ['settings at their bounds', withConfig({ temperature: 2, topP: 1, stopSequences: ['1', '2', '3', '4', '5'] })],
  ['a function without parameters', withTool({ name: 'f' })],
])('%s is not refused', (_name, body) => {
  expect(judged(body, 'openai')).toBeUndefined();
});

test.each([
  [
    'results that are too few',
    { contents: [user, calls('a', 'b'), results('a')] },
    /number of function response parts/,
  ],
  ['results of no call', { contents: [results('a')] }, /number of function response parts/],
  ['a call before the user', { contents: [calls('a'), results('a')] }, /immediately after a user turn/],
  ['an unknown role', { contents: [{ ...user, role: 'system' }] }, /^Please use a valid role: user, model\.$/],
  [
    'a content without parts',
    { contents: [{ role: 'user', parts: [] }] },
    /contents\[0\]\.parts: contents\.parts must not be empty/,
  ],
  ['a part without data', { contents: [{ parts: [{}] }] }, /parts\[0\]\.data: required oneof field 'data'/],
  [
    'a result without a name',
    { contents: [user, calls('a'), { role: 'user', parts: [{ functionResponse: { response: {} } }] }] },
    /function_response\.name: Name cannot be empty/,
  ],
  [
    'a temperature out of range',
    withConfig({ temperature: 2.1 }),
    /temperature value of 2\.1 but the supported range is from 0 \(inclusive\) to 2\.0001 \(exclusive\)/,
  ],
  ['too many stop sequences', withConfig({ stopSequences: ['1', '2', '3', '4', '5', '6'] }), /stop_sequences/],
  ['more tokens than the model has', withConfig({ maxOutputTokens: 65_537 }), /maxOutputTokens value of 65537/],
  [
    'budget and level together',
    withConfig({ thinkingConfig: { thinkingBudget: 1, thinkingLevel: 'LOW' } }),
    /only one of thinking budget and thinking level/,
  ],
  ['a schema without its type', withConfig({ responseSchema: { type: 'STRING' } }), /response_schema/],
  ['a bad name of a function', withTool({ name: '1 f' }), /function_declarations\[0\]\.name: Invalid function name/],
  [
    'an object without properties',
    withTool({ name: 'f', parameters: { type: 'OBJECT', properties: {} } }),
    /properties: should be non-empty for OBJECT type/,
  ],
  [
    'an array without items',
    withTool({ name: 'f', parameters: { type: 'OBJECT', properties: { a: { type: 'ARRAY' } } } }),
    /properties\[a\]\.items: missing field/,
  ],
  [
    'allowed names without ANY',
    { contents: [user], toolConfig: { functionCallingConfig: { mode: 'AUTO', allowedFunctionNames: ['f'] } } },
    /allowed_function_names/,
  ],
  ['an unknown field', { contents: [user], messages: [] }, /Unknown name "messages": Cannot find field/],
])('%s is refused', (_name, body, message) => {
  expect(judged(body)).toMatch(message);
});

test('the provider refuses more: lost signatures from 3 on, calls with JSON before it, prompts that are too long', () => {
  const loop = { contents: [user, calls('a'), results('a')] };
  expect(judged(loop, 'spec', 'gemini-3-flash-preview')).toBeUndefined();
  expect(judged(loop, 'openai', 'gemini-3-flash-preview')).toBe(
    'Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call `default_api:a` , position 2. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.',
  );
  const earlier = { contents: [user, calls('a'), results('a'), { role: 'model', parts: [{ text: 'x' }] }, user] };
  expect(judged(earlier, 'openai', 'gemini-3-flash-preview')).toBeUndefined();
  const both = { ...withTool({ name: 'f' }), generationConfig: { responseMimeType: 'application/json' } };
  expect(judged(both, 'openai')).toMatch(/Function calling with a response mime type/);
  expect(judged(both, 'openai', 'gemini-3-flash-preview')).toBeUndefined();
  const long = { contents: [{ role: 'user', parts: [{ text: ' a'.repeat(3000) }] }] };
  expect(judged(long, 'openai', 'gemini-embedding-001')).toBe(
    'The input token count (3001) exceeds the maximum number of tokens allowed (2048).',
  );
});

test.each([
  [
    'a budget of 0 where thinking cannot stop',
    'gemini-2.5-pro',
    withConfig({ thinkingConfig: { thinkingBudget: 0 } }),
    'Budget 0 is invalid. This model only works in thinking mode.',
  ],
  [
    'a level before 3',
    'gemini-2.5-flash',
    withConfig({ thinkingConfig: { thinkingLevel: 'low' } }),
    'Thinking level is not supported for this model.',
  ],
  [
    'a model of another provider',
    'gpt-4o',
    { contents: [user] },
    expect.stringMatching(/^models\/gpt-4o is not found for API version v1beta/),
  ],
  [
    'a model that was retired',
    'gemini-1.5-pro',
    { contents: [user] },
    expect.stringMatching(/^models\/gemini-1\.5-pro is not found/),
  ],
] as const)('the provider alone refuses %s', (_name, model, body, message) => {
  expect(judged(body, 'openai', model)).toEqual(message);
  expect(judged(body, 'spec', model)).toBeUndefined();
});

test('a budget of 0 is taken by models that can stop thinking', () => {
  expect(judged(withConfig({ thinkingConfig: { thinkingBudget: 0 } }), 'openai')).toBeUndefined();
  expect(
    judged(withConfig({ thinkingConfig: { thinkingLevel: 'low' } }), 'openai', 'gemini-3-pro-preview'),
  ).toBeUndefined();
});

test('a short cache is refused by the provider alone', () => {
  const cache = (words: number) => ({
    model: 'models/gemini-2.5-flash',
    contents: [{ parts: [{ text: ' a'.repeat(words) }] }],
  });
  const judge = (level: 'spec' | 'openai', words: number) =>
    refusesAs('CachedContent')(
      {
        method: 'POST',
        path: '/v1beta/cachedContents',
        params: {},
        query: new URLSearchParams(),
        headers: {},
        body: cache(words),
        rawBody: Buffer.alloc(0),
      },
      level,
      testContext(),
    )?.message;
  expect(judge('openai', 1022)).toBe('Cached content is too small. total_token_count=1023, min_total_token_count=1024');
  expect(judge('openai', 1023)).toBeUndefined();
  expect(judge('spec', 1)).toBeUndefined();
});
