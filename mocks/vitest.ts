import type { TestProject } from 'vitest/node';
import type { MockControl } from './index.ts';
import { connectMock, startMock } from './index.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** `http://127.0.0.1:PORT` of the mock that the global setup started. */
    llmproxyMock: string;
  }
}

const URL_VARIABLE = 'LLMPROXY_MOCK_URL';

/**
 * vitest global setup (`globalSetup: 'llmproxy/vitest'`): starts a mock provider and points `OPENAI_BASE_URL` and
 * `OPENAI_API_KEY` at it, so that `new OpenAI()` in the code under test reaches it without any configuration.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started = await startMock();
  const before = replaceEnvironment({
    OPENAI_BASE_URL: started.baseURL,
    OPENAI_API_KEY: 'sk-llmproxy-mock',
    [URL_VARIABLE]: started.url,
  });
  project.provide('llmproxyMock', started.url);
  return async () => {
    replaceEnvironment(before);
    await started.close();
  };
}

/** The mock that the global setup started, from inside a test: its journal, answers, faults. */
export function mock(): MockControl {
  const url = process.env[URL_VARIABLE];
  if (url === undefined) {
    throw new Error(
      "cannot reach the mock: no global setup has started it; add globalSetup: 'llmproxy/vitest' to the vitest configuration",
    );
  }
  return connectMock(url);
}

/** Sets the variables and returns what they were. */
function replaceEnvironment(values: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  const before: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(values)) {
    before[name] = process.env[name];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  return before;
}
