import OpenAI from 'openai';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import setup, { mock } from './vitest.ts';

const NAMES = ['OPENAI_BASE_URL', 'OPENAI_API_KEY', 'LLMPROXY_MOCK_URL'] as const;

afterEach(() => vi.unstubAllEnvs());

/** The part of vitest's project that a global setup uses. */
function project(): { provided: Map<string, unknown>; asProject: Parameters<typeof setup>[0] } {
  const provided = new Map<string, unknown>();
  const asProject = { provide: (name: string, value: unknown) => void provided.set(name, value) };
  return { provided, asProject: asProject as unknown as Parameters<typeof setup>[0] };
}

test('an app that only says new OpenAI() talks to the mock, and a test can script it', async () => {
  for (const name of NAMES) vi.stubEnv(name, undefined);
  const { provided, asProject } = project();
  const teardown = await setup(asProject);
  onTestFinished(teardown);
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
  const handle = mock();
  await teardown();
  expect(NAMES.map((name) => process.env[name])).toEqual(['http://127.0.0.1:1/v1', undefined, undefined]);
  await expect(handle.requests()).rejects.toThrow('is the mock running?');
});

test('without the global setup the handle says what is missing', () => {
  vi.stubEnv('LLMPROXY_MOCK_URL', undefined);
  expect(() => mock()).toThrow("add globalSetup: 'llmproxy/vitest' to the vitest configuration");
});
