import { expect, test } from 'vitest';
import { compilePrice } from '../../usage/price.ts';
import { failureOf, jsonOf, successOf, type Answer } from './record.ts';

const MINI = compilePrice({ input: 0.15, output: 0.6, cachedInput: 0.075 });
const TARGET = { provider: 'openai', model: 'gpt-4o-mini' };
const answer = (fields: Partial<Answer> = {}): Answer => ({
  text: 'Paris',
  usage: { input: 15, output: 5 },
  firstTokenMs: 12.3456,
  totalMs: 1_234.5678,
  ...fields,
});

test('15 tokens in and 5 out of gpt-4o-mini cost 0.00000525, digit for digit', () => {
  const text = JSON.stringify(jsonOf(successOf(TARGET, answer(), MINI)));
  expect(text).toContain('"input_cost":0.00000225,"output_cost":0.000003,"total_cost":0.00000525');
  expect(JSON.parse(text)).toEqual({
    ...TARGET,
    success: true,
    response_time: 1.234568,
    time_to_first_token: 0.012346,
    response_length: 5,
    response_preview: 'Paris',
    input_tokens: 15,
    output_tokens: 5,
    total_tokens: 20,
    input_cost: 2.25e-6,
    output_cost: 3e-6,
    total_cost: 5.25e-6,
    error: null,
  });
});

test('tokens out of the cache of the provider and thoughts are priced as such, and both parts add up to the total', () => {
  const usage = { input: 1_000, cachedInput: 999, output: 10, reasoning: 7 };
  const record = successOf(TARGET, answer({ usage }), compilePrice({ input: 0.15, cachedInput: 0.0375, output: 0.6 }));
  expect([record.input_cost, record.output_cost, record.total_cost]).toEqual([37_613n, 6_000n, 43_613n]);
});

test('what is not known is null, never 0', () => {
  const unpriced = { input_cost: null, output_cost: null, total_cost: null };
  expect(successOf(TARGET, answer(), undefined)).toMatchObject({ ...unpriced, total_tokens: 20 });
  expect(jsonOf(successOf(TARGET, answer({ usage: undefined }), MINI))).toMatchObject({
    ...unpriced,
    input_tokens: null,
    output_tokens: null,
    total_tokens: null,
  });
  expect(successOf(TARGET, answer(), compilePrice({ input: 1 }))).toMatchObject({
    output_cost: null,
    total_cost: null,
  });
});

test('characters are counted, not their halves', () => {
  const record = successOf(TARGET, answer({ text: '😀'.repeat(150) }), MINI);
  expect([record.response_length, record.response_preview]).toEqual([150, '😀'.repeat(100)]);
});

test('a failure is zeros and a sentence', () => {
  const { provider, model, success, error, response_preview: preview, ...rest } = failureOf(TARGET, 'HTTP 500: no.');
  expect([provider, model, success, error, preview]).toEqual(['openai', 'gpt-4o-mini', false, 'HTTP 500: no.', '']);
  expect(Object.values(rest).map(Number)).toEqual(Array.from({ length: 9 }, () => 0));
});
