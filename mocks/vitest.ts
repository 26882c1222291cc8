import type { TestAPI } from 'vitest';
import type { TestProject } from 'vitest/node';
import type { Mock, MockControl, MockOptions } from './index.ts';
import { connectMock, startMock } from './index.ts';
import type { MockAssertions } from './matchers.ts';
import { MOCK_URL_VARIABLE, clientEnvironment, replaceEnvironment, runningMock } from './runner-environment.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** `http://127.0.0.1:PORT` of the mock that the global setup started. */
    llmproxyMock: string;
  }
  // The parameters have to be those of vitest's own declaration.
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> extends MockAssertions {}
}

/**
 * vitest global setup (`globalSetup: 'llmproxy/vitest'`): starts a mock provider and points `OPENAI_BASE_URL` and
 * `OPENAI_API_KEY` at it, so that `new OpenAI()` in the code under test reaches it without any configuration.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started = await startMock();
  const before = replaceEnvironment(clientEnvironment(started));
  project.provide('llmproxyMock', started.url);
  return async () => {
    replaceEnvironment(before);
    await started.close();
  };
}

/** The mock that the global setup started, from inside a test: its journal, answers, faults. */
export function mock(): MockControl {
  return connectMock(
    runningMock(process.env[MOCK_URL_VARIABLE], "add globalSetup: 'llmproxy/vitest' to the vitest configuration"),
  );
}

export interface MockFixtures {
  /** A mock of this test's own; it is closed with the test. */
  readonly mock: Mock;
}

/**
 * `test` with a mock of its own in every test that asks for one:
 * `const test = withMock(base)`, then `test('…', async ({ mock }) => …)`. No global setup is needed.
 */
export function withMock<Context>(base: TestAPI<Context>, options: MockOptions = {}): TestAPI<Context & MockFixtures> {
  const extended = base.extend<MockFixtures>({
    // vitest reads the names of the fixtures that a fixture needs out of this pattern.
    // oxlint-disable-next-line no-empty-pattern
    mock: async ({}, use) => {
      await using started = await startMock(options);
      await use(started);
    },
  });
  return extended as unknown as TestAPI<Context & MockFixtures>;
}
