import { fileURLToPath } from 'node:url';
import type { MockControl, MockOptions } from './index.ts';
import { startMock } from './index.ts';
import type { MockAssertions } from './matchers.ts';
import {
  MOCK_URL_VARIABLE,
  TOKEN_VARIABLE,
  clientEnvironment,
  replaceEnvironment,
  tenantOf,
} from './runner-environment.ts';
import { forgetTenants } from './server/control-client.ts';

export { matchers } from './matchers.ts';

declare global {
  // jest's own types declare this namespace; without them this one stands alone.
  namespace jest {
    interface Matchers<R, T = {}> extends MockAssertions {}
  }
}

/** What is read of jest's configuration of one project. */
export interface JestProject {
  /** Modules that run in every test file, before it. */
  readonly setupFiles: string[];
  readonly globals?: { readonly llmproxyOptions?: MockOptions };
}

/** CommonJS, which jest runs as it comes. */
const SETUP_FILE = fileURLToPath(new URL('./jest-setup.cjs', import.meta.url));

/** Whether a mock of an earlier run in watch mode answers there; it is made clean. */
async function cleaned(environment: NodeJS.ProcessEnv): Promise<boolean> {
  const url = environment[MOCK_URL_VARIABLE];
  if (url === undefined) return false;
  return forgetTenants({ url, token: environment[TOKEN_VARIABLE] }).then(
    () => true,
    () => false,
  );
}

/**
 * jest global setup (`globalSetup: 'llmproxy/jest'`): starts a mock provider in a process of its own and points
 * `OPENAI_BASE_URL` and `OPENAI_API_KEY` at it. Every test file is a tenant of its own. The mock ends with jest, so no teardown is
 * needed; in watch mode it is started once, and clean at the beginning of each run.
 */
export default async function setup(_globalConfig?: unknown, project?: JestProject): Promise<void> {
  if (project !== undefined && !project.setupFiles.includes(SETUP_FILE)) project.setupFiles.unshift(SETUP_FILE);
  if (await cleaned(process.env)) return;
  const started = await startMock({ ...project?.globals?.llmproxyOptions, process: 'child' });
  replaceEnvironment(clientEnvironment(started));
}

/** The tenant that this test file is, from inside a test: its journal, answers, faults. `environment`: jest gives every file one. */
export function mock(environment: NodeJS.ProcessEnv = process.env): MockControl {
  return tenantOf(environment, "add globalSetup: 'llmproxy/jest' to the jest configuration");
}
