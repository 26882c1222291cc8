import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempFolder } from '../../../tests/setup/temp-folder.ts';
import { compilePrice } from '../../usage/price.ts';
import { comparisonJson, comparisonText } from './compare.ts';
import { consoleText } from './console.ts';
import { markdownReport } from './markdown.ts';
import { failureOf, successOf, type BenchmarkRecord } from './record.ts';
import { readResults, textOf, writeResults, type BenchmarkFile } from './result-file.ts';

const PRICE = compilePrice({ input: 0.15, output: 0.6 });
const record = (provider: string, seconds: number, text = 'Paris', price = PRICE): BenchmarkRecord =>
  successOf(
    { provider, model: 'm' },
    { text, usage: { input: 15, output: 5 }, firstTokenMs: seconds * 250, totalMs: seconds * 1_000 },
    price,
  );
const fileOf = (...records: BenchmarkRecord[]): BenchmarkFile => ({
  timestamp: '2026-05-01T10:00:00.000Z',
  results: new Map([['simple', records]]),
});

test('the console has a table for each prompt, the fastest first, and N/A for a price that is not known', () => {
  const failed = failureOf({ provider: 'google', model: 'm' }, 'HTTP 500: no.');
  const unpriced = successOf(
    { provider: 'other', model: 'm' },
    { text: 'x', usage: { input: 1, output: 1 }, firstTokenMs: 1, totalMs: 3_000 },
    undefined,
  );
  const text = consoleText(fileOf(failed, unpriced, record('openai', 2), record('anthropic', 1)).results);
  expect(text.split('\n').slice(0, 10)).toEqual([
    'simple',
    'Provider   Model     Time  First token  Tokens         Cost',
    'anthropic  m      1.000 s      0.250 s      20  $0.00000525',
    'openai     m      2.000 s      0.500 s      20  $0.00000525',
    'other      m      3.000 s      0.001 s       2          N/A',
    'google     m       failed            -       -            -',
    '  anthropic m: Paris',
    '  openai m: Paris',
    '  other m: x',
    '  google m: failed: HTTP 500: no.',
  ]);
  expect(text).toMatch(/^other +m +1\/1 .* N\/A +N\/A$/m);
});

test('repeated calls show median, 95th percentile and how many were answered', () => {
  const records = [
    ...[1, 2, 3].map((seconds) => record('openai', seconds)),
    failureOf({ provider: 'openai', model: 'm' }, 'no'),
  ];
  const text = consoleText(fileOf(...records).results);
  expect(text).toMatch(/^Provider +Model +Time p50 +First token +Tokens +Cost +Time p95 +Answered$/m);
  expect(text).toMatch(/^openai +m +2\.000 s +0\.500 s +20 +\$0\.00000525 +3\.000 s +3\/4$/m);
});

test('an answer can neither move the cursor nor write Markdown', () => {
  const file = fileOf(record('openai', 1, 'a\u001B[2Jb\n<script>|x|`y`'));
  expect(consoleText(file.results)).toContain('openai m: a\uFFFD[2Jb <script>|x|`y`\n');
  const report = markdownReport(file);
  expect(report).not.toContain('\u001B');
  expect(report).toContain(String.raw`\<script\>\|x\|\`y\``);
});

test('the report has bars of the median times, the longest for the slowest', () => {
  const report = markdownReport(fileOf(record('openai', 1), record('google', 4)));
  expect(report).toContain(`openai m  ${'#'.repeat(10)}${' '.repeat(30)}  1.000 s\n`);
  expect(report).toContain(`google m  ${'#'.repeat(40)}  4.000 s\n`);
  expect(report).toContain('| google | m | 1/1 | 4.000 s | 4.000 s | 1.000 s | 1.000 s | 20 | $0.00000525 |');
});

test('a file is read as it was written, and so are those of other tools', async () => {
  const folder = tempFolder('results');
  const file = fileOf(record('openai', 1), failureOf({ provider: 'google', model: 'm' }, 'no'));
  const path = await writeResults(file, folder, () => new Date(2026, 4, 1, 9, 8, 7, 990));
  expect(path).toBe(join(folder, 'benchmark_results_20260501_090807.json'));
  expect(readResults(path, folder)).toEqual(file);
  const rounded = textOf(file).replace('0.00000525', '5.249999999999999e-6');
  writeFileSync(path, rounded);
  expect(readResults(path, folder).results.get('simple')?.[0]?.total_cost).toBe(5_250n);
});

test('no result is written over another one', async () => {
  const folder = tempFolder('results');
  const times = [new Date(2026, 4, 1, 0, 0, 0, 995), new Date(2026, 4, 1, 0, 0, 1)];
  let second = 0;
  await writeResults(fileOf(record('a', 1)), folder, () => times[0]!);
  // The clock is asked for the name, how long to wait, and the name.
  const path = await writeResults(fileOf(record('b', 1)), folder, () => times[second++ < 2 ? 0 : 1]!);
  expect(path).toMatch(/_000001\.json$/);
});

test.each([
  '',
  '[]',
  '{"timestamp":1,"results":{}}',
  '{"timestamp":"t","results":{"p":[1]}}',
  '{"timestamp":"t","results":{"p":[{"provider":"a","model":"b"}]}}',
])('%s is no result file', (text) => {
  const folder = tempFolder('results');
  writeFileSync(join(folder, 'a.json'), text);
  expect(() => readResults('a.json', folder)).toThrow('a.json is no result file of a benchmark');
});

test('a comparison shows both sides of each model, and the change in percent', () => {
  const a = { name: 'a.json', file: fileOf(record('openai', 2), record('google', 1)) };
  const b = {
    name: 'b.json',
    file: fileOf(record('openai', 1), failureOf({ provider: 'google', model: 'm' }, 'no'), record('new', 1)),
  };
  const text = comparisonText(a, b);
  expect(text).toContain('A: a.json (2026-05-01T10:00:00.000Z)\nB: b.json');
  expect(text).toMatch(
    /^simple +openai +m +2\.000 s +1\.000 s +-50\.0% +0\.500 s +0\.250 s +-50\.0% +20 +20 +0\.0% .* 1\/1 → 1\/1$/m,
  );
  expect(text).toMatch(/^simple +google +m +1\.000 s +- +- .* 1\/1 → 0\/1$/m);
  expect(text).toMatch(/^simple +new +m +- +1\.000 s +- .* - → 1\/1$/m);
  expect(JSON.parse(comparisonJson(a, b))).toMatchObject({
    a: { file: 'a.json' },
    rows: [
      { provider: 'google', b: { succeeded: 0, total_cost: null }, change: { response_time: null } },
      {
        provider: 'openai',
        a: { response_time_p50: 2, total_cost: 5.25e-6 },
        change: { response_time: -50, total_cost: 0 },
      },
      { provider: 'new', a: null },
    ],
  });
});
