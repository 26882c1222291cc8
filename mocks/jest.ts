import type { MockControl } from './index.ts';
import { connectMock, startMock } from './index.ts';
import type { MockAssertions } from './matchers.ts';
import { MOCK_URL_VARIABLE, clientEnvironment, replaceEnvironment, runningMock } from './runner-environment.ts';

export { matchers } from './matchers.ts';

declare global {
  // jest's own types declare this namespace; without them it stands alone and is nobody's.
  namespace jest {
    interface Matchers<R, T = {}> extends MockAssertions {}
  }
}

/** Whether a mock answers there. */
async function answers(url: string | undefined): Promise<boolean> {
  if (url === undefined) return false;
  return connectMock(url)
    .requests()
    .then(
      () => true,
      () => false,
    );
}

/**
 * jest global setup (`globalSetup: 'llmproxy/jest'`): starts a mock provider in a process of its own and points
 * `OPENAI_BASE_URL` and `OPENAI_API_KEY` at it. It ends with jest, so no teardown is needed; in watch mode it is started once.
 */
export default async function setup(): Promise<void> {
  if (await answers(process.env[MOCK_URL_VARIABLE])) return;
  replaceEnvironment(clientEnvironment(await startMock({ process: 'child' })));
}

/** The mock that the global setup started, from inside a test: its journal, answers, faults. */
export function mock(): MockControl {
  return connectMock(
    runningMock(process.env[MOCK_URL_VARIABLE], "add globalSetup: 'llmproxy/jest' to the jest configuration"),
  );
}
