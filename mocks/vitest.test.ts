import OpenAI from 'openai';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import type { MockOptions } from './index.ts';
import { connectMock } from './index.ts';
import { enterTenant } from './runner-environment.ts';
import setup, { mock, withMock } from './vitest.ts';

const NAMES = ['OPENAI_BASE_URL', 'OPENAI_API_KEY', 'LLMPROXY_MOCK_URL', 'LLMPROXY_MOCK_TENANT'] as const;

afterEach(() => vi.unstubAllEnvs());

type Project = Parameters<typeof setup>[0];

/** The part of vitest's project that a global setup uses. */
function project(provide: { readonly llmproxyOptions?: MockOptions } = {}) {
  const provided = new Map<string, unknown>();
  const config = { provide, setupFiles: ['own.ts'] };
  const reruns: (() => Promise<void>)[] = [];
  const stub = {
    config,
    isRootProject: () => false,
    provide: (name: string, value: unknown) => void provided.set(name, value),
    onTestsRerun: (callback: () => Promise<void>) => void reruns.push(callback),
  };
  return { provided, config, reruns, asProject: stub as unknown as Project };
}

test('an app that only says new OpenAI() talks to the mock, and a test can script it', async () => {
  for (const name of NAMES) vi.stubEnv(name, undefined);
  const { provided, asProject } = project();
  const teardown = await setup(asProject);
  onTestFinished(teardown);
  enterTenant(process.env);
  expect(provided.get('llmproxyMock')).toBe(process.env['LLMPROXY_MOCK_URL']);
  await mock().answer({ reply: { text: 'scripted' } });
  const answer = await new OpenAI().responses.create({ model: 'gpt-4o-mini', input: 'hi' });
  expect(answer.output_text).toBe('scripted');
  expect((await mock().requests()).map(({ operation }) => operation)).toEqual(['responses']);
});

test('teardown restores the environment and stops the mock', async () => {
  vi.stubEnv('OPENAI_BASE_URL', 'http://127.0.0.1:1/v1');
  vi.stubEnv('OPENAI_API_KEY', undefined);
  const teardown = await setup(project().asProject);
  const handle = connectMock(process.env['LLMPROXY_MOCK_URL']!);
  await teardown();
  expect(NAMES.map((name) => process.env[name])).toEqual(['http://127.0.0.1:1/v1', undefined, undefined, undefined]);
  await expect(handle.requests()).rejects.toThrow('is the mock running?');
});

test('without the global setup the handle says what is missing', () => {
  vi.stubEnv('LLMPROXY_MOCK_URL', undefined);
  expect(() => mock()).toThrow("add globalSetup: 'llmproxy/vitest' to the vitest configuration");
});

test('every test file is another tenant, and a rerun finds nothing of the run before', async () => {
  for (const name of NAMES) vi.stubEnv(name, undefined);
  const { config, reruns, asProject } = project();
  onTestFinished(await setup(asProject));
  expect(config.setupFiles).toEqual([expect.stringMatching(/vitest-setup\.ts$/), 'own.ts']);
  const files = ['/a/one.test.ts', '/a/two words.test.ts'].map((file) => {
    enterTenant(process.env, file);
    return { tenant: mock(), baseURL: process.env['OPENAI_BASE_URL'] };
  });
  const [one, two] = files;
  expect(two!.tenant.url).toMatch(/\/t\/t-two-words\.test\.ts-[0-9a-f]{16}$/);
  expect(files.map(({ baseURL }) => baseURL)).toEqual(files.map(({ tenant }) => tenant.baseURL));
  await fetch(`${one!.baseURL}/models`);
  expect([await one!.tenant.requests(), await two!.tenant.requests()]).toMatchObject([[{}], []]);
  await Promise.all(reruns.map((rerun) => rerun()));
  expect(await one!.tenant.requests()).toEqual([]);
});

test('the configuration has options for the mock', async () => {
  for (const name of NAMES) vi.stubEnv(name, undefined);
  onTestFinished(await setup(project({ llmproxyOptions: { clock: 'virtual' } }).asProject));
  await expect(mock().clock.advance(5)).resolves.toBe(0);
});

const withOwn = withMock(test);

withOwn('a mock of the test’s own is where the environment points meanwhile', async ({ mock: own }) => {
  await own.answer({ reply: { text: 'own' } });
  const { output_text } = await new OpenAI().responses.create({ model: 'gpt-4o-mini', input: 'hi' });
  expect([output_text, process.env['OPENAI_BASE_URL']]).toEqual(['own', own.baseURL]);
});

withOwn.concurrent(
  'concurrent tests have mocks of their own and leave the environment alone',
  async ({ mock: own }) => {
    expect(process.env['OPENAI_BASE_URL']).not.toBe(own.baseURL);
    expect(await own.requests()).toEqual([]);
  },
);
