import { fileURLToPath } from 'node:url';
import type { TestAPI } from 'vitest';
import type { TestProject } from 'vitest/node';
import type { Mock, MockControl, MockOptions } from './index.ts';
import { startMock } from './index.ts';
import type { MockAssertions } from './matchers.ts';
import { clientEnvironment, replaceEnvironment, tenantOf } from './runner-environment.ts';
import { forgetTenants } from './server/control-client.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** `http://127.0.0.1:PORT` of the mock that the global setup started. */
    llmproxyMock: string;
    /** Options of that mock: `provide: { llmproxyOptions: { strictness: 'openai' } }` in the configuration. */
    llmproxyOptions?: MockOptions;
  }
  // The parameters have to be those of vitest's own declaration.
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> extends MockAssertions {}
}

const SETUP_FILE = fileURLToPath(
  new URL(`./vitest-setup${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
);

/** Has every test file become a tenant before it runs; a global setup of the root is that of all projects. */
function addSetupFile(project: TestProject): void {
  const projects = project.isRootProject() ? [project, ...project.vitest.projects] : [project];
  for (const { config } of projects) {
    if (!config.setupFiles.includes(SETUP_FILE)) config.setupFiles.unshift(SETUP_FILE);
  }
}

/**
 * vitest global setup (`globalSetup: 'llmproxy/vitest'`): starts a mock provider and points `OPENAI_BASE_URL` and
 * `OPENAI_API_KEY` at it, so that `new OpenAI()` in the code under test reaches it without any configuration. Every test file is a
 * tenant of its own; each run of the watch mode begins with a clean mock.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started = await startMock(project.config.provide.llmproxyOptions ?? {});
  const before = replaceEnvironment(clientEnvironment(started));
  project.provide('llmproxyMock', started.url);
  addSetupFile(project);
  project.onTestsRerun(() => forgetTenants({ url: started.url, token: started.controlToken }));
  return async () => {
    replaceEnvironment(before);
    await started.close();
  };
}

/** The tenant that this test file is, from inside a test: its journal, answers, faults. */
export function mock(): MockControl {
  return tenantOf(process.env, "add globalSetup: 'llmproxy/vitest' to the vitest configuration");
}

export interface MockFixtures {
  /** A mock of this test's own; it is closed with the test. */
  readonly mock: Mock;
}

/**
 * `test` with a mock of its own in every test that asks for one:
 * `const test = withMock(base)`, then `test('…', async ({ mock }) => …)`. No global setup is needed. Meanwhile `OPENAI_BASE_URL` and
 * `OPENAI_API_KEY` point at it, but in concurrent tests, which share the environment: they give clients `mock.baseURL`.
 */
export function withMock<Context>(base: TestAPI<Context>, options: MockOptions = {}): TestAPI<Context & MockFixtures> {
  const extended = base.extend<MockFixtures>({
    mock: async ({ task }, use) => {
      await using started = await startMock(options);
      const before = task.concurrent === true ? {} : replaceEnvironment(clientEnvironment(started));
      await use(started);
      replaceEnvironment(before);
    },
  });
  return extended as unknown as TestAPI<Context & MockFixtures>;
}
