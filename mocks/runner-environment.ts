/** Where helpers inside of tests find the mock that the setup of the run started. */
export const MOCK_URL_VARIABLE = 'LLMPROXY_MOCK_URL';

type Environment = Readonly<Record<string, string | undefined>>;

/** What a client of the OpenAI API reads to reach the mock without any configuration. */
export function clientEnvironment({ url, baseURL }: { readonly url: string; readonly baseURL: string }): Environment {
  return { OPENAI_BASE_URL: baseURL, OPENAI_API_KEY: 'sk-llmproxy-mock', [MOCK_URL_VARIABLE]: url };
}

/** Sets the variables and returns what they were. */
export function replaceEnvironment(values: Environment): Environment {
  const before: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(values)) {
    before[name] = process.env[name];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  return before;
}

/** The url, or an error that says what to do. */
export function runningMock(url: string | undefined, remedy: string): string {
  if (url === undefined) throw new Error(`cannot reach the mock: no global setup has started it; ${remedy}`);
  return url;
}
