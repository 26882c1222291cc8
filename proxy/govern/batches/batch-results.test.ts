import { expect, test } from 'vitest';
import { BatchResults, RESULTS_LIMIT } from './batch-results.ts';

const line = (model: string, input: number, output = 1): string =>
  `${JSON.stringify({ response: { status_code: 200, body: { model, usage: { input_tokens: input, output_tokens: output } } } })}\n`;

const flat = (): number => -1;

function read(text: string, pieces = 7): ReturnType<BatchResults['end']> {
  const results = new BatchResults(flat);
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += pieces) results.push(bytes.subarray(start, start + pieces));
  return results.end(false);
}

test('lines are summed by model, however the bytes are cut', () => {
  const text = line('a', 1) + line('b', 10) + line('a', 2).trim();
  for (const pieces of [1, 7, 10_000]) {
    expect(read(text, pieces)).toEqual({
      sums: [
        { model: 'a', tier: -1, requests: 2, usage: { input: 3, output: 2 } },
        { model: 'b', tier: -1, requests: 1, usage: { input: 10, output: 1 } },
      ],
      isPartial: false,
    });
  }
});

test.each([
  ['no JSON', 'nonsense\n', true],
  ['an answer without usage', '{"response":{"status_code":200,"body":{"model":"a"}}}\n', true],
  ['an answer without a model', '{"response":{"body":{"usage":{"input_tokens":1,"output_tokens":1}}}}\n', true],
  ['another object', '{"a":1}\n', true],
  ['an empty line', '\n \n', false],
  ['a request that failed', '{"response":null,"error":{}}\n{"response":{"status_code":500,"body":{}}}\n', false],
  ['a message that was not answered', '{"result":{"type":"expired"}}\n', false],
])('%s', (_name, text, isPartial) => {
  const results = read(line('a', 1) + text);
  expect(results).toMatchObject({ sums: [{ model: 'a', requests: 1 }], isPartial });
});

test('no more is read than the limit, and no line is kept that is too long', () => {
  const results = new BatchResults(flat);
  results.push(Buffer.from(line('a', 1)));
  const chunk = Buffer.alloc(1024 * 1024, 0x20);
  let pushed = 0;
  while (results.push(chunk)) pushed += chunk.length;
  expect(pushed).toBeLessThanOrEqual(RESULTS_LIMIT);
  expect(results.end(true)).toMatchObject({ sums: [{ model: 'a' }], isPartial: true });
  const long = new BatchResults(flat);
  for (let count = 0; count < 9; count += 1) long.push(chunk);
  long.push(Buffer.from(`\n${line('a', 1)}`));
  expect(long.end(false)).toMatchObject({ sums: [{ model: 'a', requests: 1 }], isPartial: true });
});

test('a sum that would be no usage of one call is ended, and another begun', () => {
  const { sums } = read(line('a', 300_000_000) + line('a', 300_000_000) + line('a', 100_000_000), 10_000);
  expect(sums.map(({ requests, usage }) => [requests, usage.input])).toEqual([
    [1, 300_000_000],
    [2, 400_000_000],
  ]);
});
