import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import type { MockControl } from './index.ts';
import { connectMock } from './index.ts';

/** Where helpers inside of tests find the mock that the setup of the run started. */
export const MOCK_URL_VARIABLE = 'LLMPROXY_MOCK_URL';
/** The tenant of that mock that a test file is. */
const TENANT_VARIABLE = 'LLMPROXY_MOCK_TENANT';
export const TOKEN_VARIABLE = 'LLMPROXY_MOCK_CONTROL_TOKEN';

type Environment = Record<string, string | undefined>;

interface Reachable {
  readonly url: string;
  readonly baseURL: string;
  readonly controlToken?: string | undefined;
}

const KEY = 'sk-llmproxy-mock';

/** What the SDKs of OpenAI, Anthropic and Google read to reach the mock without any configuration. */
export function clientEnvironment({ url, baseURL, controlToken }: Reachable): Environment {
  // The SDKs of the other families add their version themselves.
  const origin = baseURL.replace(/\/v1$/, '');
  return {
    OPENAI_BASE_URL: baseURL,
    OPENAI_API_KEY: KEY,
    ANTHROPIC_BASE_URL: origin,
    ANTHROPIC_API_KEY: KEY,
    GOOGLE_GEMINI_BASE_URL: origin,
    GEMINI_API_KEY: KEY,
    [MOCK_URL_VARIABLE]: url,
    [TENANT_VARIABLE]: undefined,
    [TOKEN_VARIABLE]: controlToken,
  };
}

/** Sets the variables and returns what they were. */
export function replaceEnvironment(values: Environment, environment: Environment = process.env): Environment {
  const before: Environment = {};
  for (const [name, value] of Object.entries(values)) {
    before[name] = environment[name];
    if (value === undefined) delete environment[name];
    else environment[name] = value;
  }
  return before;
}

/** Readable, and never used twice: a file that runs again begins with nothing. */
function tenantName(file: string | undefined): string {
  const readable = basename(file ?? 'tests').replaceAll(/[^\w.-]+/g, '-');
  return `t-${readable.slice(0, 100)}-${randomBytes(8).toString('hex')}`;
}

/**
 * Makes the test file that runs in this environment a tenant of its own of the run's mock: `new OpenAI()` reaches it from here on.
 * Without a mock nothing happens.
 */
export function enterTenant(environment: Environment, file?: string): void {
  const url = environment[MOCK_URL_VARIABLE];
  if (url === undefined) return;
  const controlToken = environment[TOKEN_VARIABLE];
  const { baseURL, name } = connectMock(url).tenant(tenantName(file));
  const values = { ...clientEnvironment({ url, baseURL, controlToken }), [TENANT_VARIABLE]: name };
  replaceEnvironment(values, environment);
}

/** The tenant that the test file is; one that no setup file has made into one yet is it from now on. */
export function tenantOf(environment: Environment, remedy: string): MockControl {
  const url = environment[MOCK_URL_VARIABLE];
  if (url === undefined) throw new Error(`cannot reach the mock: no global setup has started it; ${remedy}`);
  if (environment[TENANT_VARIABLE] === undefined) enterTenant(environment);
  const controlToken = environment[TOKEN_VARIABLE];
  return connectMock(url, { controlToken }).tenant(environment[TENANT_VARIABLE] ?? '');
}
