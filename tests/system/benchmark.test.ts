import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startMock, type Mock } from '../../mocks/index.ts';
import { tempFolder } from '../setup/temp-folder.ts';
import { startBed } from './bed.ts';
import { benchmark, filesIn, resultIn, rowsOf, type ResultFile, type Variables } from './benchmark-cli.ts';

const MEMBERS = [
  'provider',
  'model',
  'success',
  'response_time',
  'time_to_first_token',
  'response_length',
  'response_preview',
  'input_tokens',
  'output_tokens',
  'total_tokens',
  'input_cost',
  'output_cost',
  'total_cost',
  'error',
];
/** USD per million tokens. */
const PRICES: Readonly<Record<string, readonly [input: number, output: number]>> = {
  'gpt-4o-mini': [0.15, 0.6],
  'gemini-1.5-flash': [0.075, 0.3],
  'claude-3-haiku-20240307': [0.25, 1.25],
};

const CANARIES = {
  openai: 'canary-openai-0123456789',
  google: 'canary-google-0123456789',
  anthropic: 'canary-ant-0123456789',
};

let mock: Mock;
beforeAll(async () => {
  mock = await startMock({ strictness: 'off' });
});
afterAll(() => mock.close());
beforeEach(() => mock.reset());

/** Keys of all three providers, and their addresses at the mock. */
const keyed = (): Variables => ({
  OPENAI_API_KEY: CANARIES.openai,
  GOOGLE_API_KEY: CANARIES.google,
  ANTHROPIC_API_KEY: CANARIES.anthropic,
  OPENAI_BASE_URL: `${mock.url}/v1`,
  GOOGLE_GEMINI_BASE_URL: mock.url,
  ANTHROPIC_BASE_URL: mock.url,
});

test('the bundled mock is asked in three dialects, and no key is needed', async () => {
  const folder = tempFolder('benchmark');
  const { code, out, err } = await benchmark(folder, ['--mock', '--pause', '0', '--report']);
  expect([code, err]).toEqual([0, '']);
  const file = resultIn(folder);
  expect(filesIn(folder)).toEqual([expect.stringMatching(/^benchmark_results_\d{8}_\d{6}\.json$/)]);
  expect(Object.keys(JSON.parse(file.text) as object)).toEqual(['timestamp', 'results']);
  expect(Object.keys(file.results)).toEqual(['simple', 'medium', 'complex']);
  for (const row of rowsOf(file)) {
    expect(Object.keys(row)).toEqual(MEMBERS);
    const [input, output] = PRICES[String(row['model'])]!;
    const [tokensIn, tokensOut] = [Number(row['input_tokens']), Number(row['output_tokens'])];
    expect(row).toMatchObject({ success: true, error: null, total_tokens: tokensIn + tokensOut });
    expect(row['input_cost']).toBeCloseTo((tokensIn * input) / 1e6, 12);
    expect(row['output_cost']).toBeCloseTo((tokensOut * output) / 1e6, 12);
    expect(row['total_cost']).toBeCloseTo(Number(row['input_cost']) + Number(row['output_cost']), 12);
    expect(Number(row['total_cost'])).toBeGreaterThan(0);
    expect(row['response_time']).toBeGreaterThanOrEqual(Number(row['time_to_first_token']));
    expect(row['time_to_first_token']).toBeGreaterThan(0);
    expect(row['response_length']).toBeGreaterThanOrEqual(String(row['response_preview']).length);
  }
  expect(rowsOf(file)).toHaveLength(9);
  expect(out).toMatch(/^Provider +Model +Time +First token +Tokens +Cost$/m);
  for (const [model, provider] of [
    ['gpt-4o-mini', 'openai'],
    ['gemini-1.5-flash', 'google'],
    ['claude-3-haiku-20240307', 'anthropic'],
  ]) {
    expect(out).toMatch(new RegExp(`^${provider} +${model} +\\d+\\.\\d{3} s .*\\$0\\.0`, 'm'));
  }
  const report = readFileSync(join(folder, filesIn(folder, 'md')[0]!), 'utf8');
  expect(report).toMatch(/^# Benchmark$/m);
  expect(report).toMatch(/^openai gpt-4o-mini +#+ +\d/m);
});

test('--json prints what is in the file, and nothing else', async () => {
  const folder = tempFolder('benchmark');
  const { code, out } = await benchmark(folder, ['--mock', '--pause', '0', '--json', '--out', 'made/here']);
  expect(code).toBe(0);
  expect(out).toBe(resultIn(join(folder, 'made/here')).text);
});

test('each provider is asked in its own dialect, with its own key, and no key is shown', async () => {
  const folder = tempFolder('benchmark');
  const { code, out, err } = await benchmark(folder, ['--pause', '0', '--report'], { env: keyed() });
  expect(code).toBe(0);
  const requests = await mock.requests();
  expect(requests).toHaveLength(9);
  const keys = requests.map(({ path, headers }) => [
    path.replace(/\?.*/, ''),
    headers['authorization'] ?? headers['x-goog-api-key'] ?? headers['x-api-key'],
  ]);
  expect(keys.slice(0, 3)).toEqual([
    ['/v1/chat/completions', `Bearer ${CANARIES.openai}`],
    ['/v1beta/models/gemini-1.5-flash:streamGenerateContent', CANARIES.google],
    ['/v1/messages', CANARIES.anthropic],
  ]);
  expect(out).toContain('google: key found in GOOGLE_API_KEY');
  const report = readFileSync(join(folder, filesIn(folder, 'md')[0]!), 'utf8');
  expect(out + err + report + resultIn(folder).text).not.toMatch(/canary/);
});

test('a provider without a key is skipped with a line; GEMINI_API_KEY is taken too', async () => {
  const folder = tempFolder('benchmark');
  const { GOOGLE_API_KEY: _google, ANTHROPIC_API_KEY: _anthropic, ...rest } = keyed();
  const env = { ...rest, GEMINI_API_KEY: CANARIES.google };
  const { code, out } = await benchmark(folder, ['--pause', '0'], { env });
  expect(code).toBe(0);
  expect(out).toContain('anthropic is skipped: ANTHROPIC_API_KEY is not set.');
  expect(new Set(rowsOf(resultIn(folder)).map(({ provider }) => provider))).toEqual(new Set(['openai', 'google']));
});

test('without any key that can be sent nothing is written, and the exit code is 1', async () => {
  const folder = tempFolder('benchmark');
  const env = { ANTHROPIC_API_KEY: 'canary with blanks\nand lines' };
  const { code, out, err } = await benchmark(folder, ['--out', 'made'], { env });
  expect(existsSync(join(folder, 'made'))).toBe(false);
  expect(err).toContain('anthropic is skipped: ANTHROPIC_API_KEY holds no key.');
  expect(err).not.toMatch(/canary/);
  expect([code, out, filesIn(folder)]).toEqual([1, '', []]);
  expect(err).toContain('OPENAI_API_KEY');
});

test('a provider that fails is a record of zeros, with a sentence without its key', async () => {
  const folder = tempFolder('benchmark');
  await mock.fault({
    match: { model: 'claude-3-haiku-20240307' },
    fault: {
      kind: 'status',
      status: 500,
      body: { type: 'error', error: { type: 'api_error', message: `broken by ${CANARIES.anthropic}` } },
    },
  });
  const { code, out } = await benchmark(folder, ['--pause', '0', '--repeat', '2'], { env: keyed() });
  const file = resultIn(folder);
  const failed = rowsOf(file).filter(({ success }) => success === false);
  expect(code).toBe(0);
  expect(failed.map(({ provider }) => provider)).toEqual(Array.from({ length: 6 }, () => 'anthropic'));
  for (const row of failed) {
    expect(row['error']).toMatch(/^HTTP 50\d: /);
    for (const member of MEMBERS.filter((name) => /_(?:time|token|tokens|cost|length)$/.test(name))) {
      expect([member, row[member]]).toEqual([member, 0]);
    }
  }
  expect(await mock.requests({ path: '/v1/messages' })).toHaveLength(6);
  expect(out + file.text).not.toMatch(/canary/);
});

test.each([401, 429, 503])('where every call fails with %i, the exit code is 3', async (status) => {
  const folder = tempFolder('benchmark');
  await mock.fault({ fault: { kind: 'status', status } });
  const { code } = await benchmark(folder, ['--pause', '0', '--providers', 'openai,anthropic'], { env: keyed() });
  expect(code).toBe(3);
  expect(rowsOf(resultIn(folder)).map(({ success }) => success)).toEqual(Array.from({ length: 6 }, () => false));
  expect(await mock.requests()).not.toEqual([]);
});

test('warm-up calls are made and not counted; prompts, models and tokens are those that were chosen', async () => {
  const folder = tempFolder('benchmark');
  writeFileSync(
    join(folder, 'prompts.yaml'),
    '- { name: one, prompt: "Say ${HOME} and $PATH" }\n- { name: two, prompt: Two }\n',
  );
  const args = ['--pause', '0', '--prompts', 'prompts.yaml', '--repeat', '3', '--warm-up', '2', '--max-tokens', '7'];
  const chosen = ['--providers', 'openai', '--models', 'openai/gpt-4.1,openai/unheard-of'];
  const { code, out } = await benchmark(folder, [...args, ...chosen], { env: keyed() });
  expect(code).toBe(0);
  const requests = await mock.requests();
  const bodies = requests.map(({ body }) => body as Readonly<Record<string, unknown>>);
  expect(bodies).toHaveLength(2 * 2 + 2 * 3 * 2);
  expect(bodies[0]).toMatchObject({ model: 'gpt-4.1', max_completion_tokens: 7 });
  expect(JSON.stringify(bodies[0])).toContain('Say ${HOME} and $PATH');
  const rows = rowsOf(resultIn(folder));
  expect(rows).toHaveLength(12);
  // No price is known: not 0.
  expect(rows.find(({ model }) => model === 'unheard-of')).toMatchObject({ input_cost: null, total_cost: null });
  expect(out).toMatch(/^openai +unheard-of .* N\/A/m);
});

test('a proxy that runs is asked for its models, around its cache, with the key of a variable', async () => {
  const folder = tempFolder('benchmark');
  await using bed = await startBed({
    endpoints: [{ api_key: 'forward' }],
    moreModels: ([one]) => ({
      'text-embedding-3-small': { endpoints: [{ provider: 'openai', base_url: one!.baseURL, api_key: 'x' }] },
    }),
  });
  const args = ['--url', `${bed.url}/v1`, '--key', 'env:MY_KEY', '--pause', '0', '--repeat', '2'];
  const { code, out, err } = await benchmark(folder, args, { env: { MY_KEY: CANARIES.openai } });
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/^The proxy at \S+\/v1 is asked with the key given\.$/m);
  const requests = await bed.requests();
  expect(requests.map(({ body }) => (body as { model: string }).model)).toEqual(
    Array.from({ length: 6 }, () => 'gpt-4o-mini'),
  );
  expect(requests[0]!.headers['authorization']).toBe(`Bearer ${CANARIES.openai}`);
  expect(rowsOf(resultIn(folder))[0]).toMatchObject({ provider: 'openai', model: 'gpt-4o-mini', success: true });
  expect(out + resultIn(folder).text).not.toMatch(/canary/);
});

test('a proxy that is not there: exit code 1, no file, no key', async () => {
  const folder = tempFolder('benchmark');
  const { code, out, err } = await benchmark(folder, ['--url', 'http://127.0.0.1:9/v1', '--key', CANARIES.openai]);
  expect([code, out, filesIn(folder)]).toEqual([1, '', []]);
  expect(err).toContain('cannot reach the proxy at http://127.0.0.1:9/v1');
  expect(err).not.toMatch(/canary/);
});

test.each([
  [['--nonsense']],
  [['--repeat', '0', '--mock']],
  [['--pause', 'long', '--mock']],
  [['--providers', 'acme', '--mock']],
  [['--mock', '--url', 'http://127.0.0.1:1/v1']],
  [['--key', 'canary-0123456789', '--mock']],
  [['--url', 'http://user:canary@127.0.0.1:1/v1']],
  [['--url', 'http://127.0.0.1:1/v1', '--key', 'env:NOT_SET_HERE']],
  [['--prompts', 'missing.yaml', '--mock']],
  [['--compare', 'missing.json', 'missing.json']],
  [['--compare', 'one.json']],
  [['left', '--mock']],
])('%j is a wrong option: exit code 2, nothing on standard output, no file', async (args) => {
  const folder = tempFolder('benchmark');
  const { code, out, err } = await benchmark(folder, args);
  expect([code, out, filesIn(folder)]).toEqual([2, '', []]);
  expect(err).not.toBe('');
  expect(err).not.toMatch(/canary/);
});

test('two benchmarks at one moment write two files, and --compare shows what changed', async () => {
  const folder = tempFolder('benchmark');
  const run = (): Promise<{ code: number | null }> =>
    benchmark(folder, ['--mock', '--pause', '0', '--providers', 'openai,google']);
  const both = await Promise.all([run(), run()]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  const [a = '', b = ''] = filesIn(folder);
  expect(b).not.toBe('');
  const shown = await benchmark(folder, ['--compare', a, b]);
  expect(shown.code).toBe(0);
  expect(shown.out).toMatch(/^simple +openai +gpt-4o-mini .*[+-]?\d+\.\d%.* 0\.0% +1\/1 → 1\/1$/m);
  const json = await benchmark(folder, ['--compare', a, b, '--json']);
  const { rows } = JSON.parse(json.out) as { rows: { prompt: string; provider: string; change: object }[] };
  expect(rows).toHaveLength(6);
  expect(rows[0]!.change).toMatchObject({ total_tokens: 0, total_cost: 0 });
});

test('Ctrl-C writes what is complete and ends everything', async () => {
  const folder = tempFolder('benchmark');
  const answered = async (): Promise<void> =>
    expect.poll(async () => (await mock.requests()).filter(({ endedAt }) => endedAt !== undefined).length).toBe(1);
  let interrupted: Promise<void> | undefined;
  const { code, out, err } = await benchmark(folder, ['--pause', '10m', '--providers', 'openai', '--json'], {
    env: keyed(),
    onErr: (_text, signal) => {
      // The first answer is there soon, and the pause before the second is long.
      interrupted ??= answered().then(() => signal('SIGINT'));
    },
  });
  await interrupted;
  expect(code).toBe(130);
  const complete = out === '' ? [] : rowsOf(JSON.parse(out) as ResultFile);
  expect(complete.length).toBeLessThanOrEqual(1);
  expect(filesIn(folder)).toHaveLength(complete.length);
  expect(err).toContain('interrupted');
});
