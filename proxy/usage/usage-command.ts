import { loadOrBuiltin, locateConfig } from '../config/builtin.ts';
import { parseReport, usageTable } from './usage-table.ts';

export interface UsageCommandOptions {
  readonly config?: string;
  readonly url?: string;
  readonly groupBy?: string;
  readonly from?: string;
  readonly to?: string;
  readonly tz?: string;
  readonly limit?: string;
  readonly offset?: string;
  readonly csv?: boolean;
  readonly json?: boolean;
}

/** Where a command writes: `process.stdout`, `process.stderr`, or a test. */
interface Output {
  write(text: string): unknown;
}

export interface CommandPlace {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  readonly out: Output;
  readonly err: Output;
}

/** Longest wait for the report. */
const TIMEOUT_MS = 60_000;
const TOKEN_VARIABLE = 'LLMPROXY_ADMIN_TOKEN';
const PARAMETERS = { groupBy: 'group_by', from: 'from', to: 'to', tz: 'tz', limit: 'limit', offset: 'offset' } as const;

/** `llmproxy usage`: asks a running proxy for its usage report and prints it. Returns the exit code. */
export async function runUsage(options: UsageCommandOptions, place: CommandPlace): Promise<number> {
  const fail = (message: string): number => {
    place.err.write(`llmproxy usage: ${message}\n`);
    return 1;
  };
  if (options.csv === true && options.json === true) return fail('choose one of --csv and --json.');
  const target = targetOf(options, place);
  if (target === undefined) return fail('--url must be an address such as http://127.0.0.1:4000.');
  const answer = await ask(target, options);
  if (typeof answer === 'string') return fail(`cannot reach the proxy at ${target.url}: ${answer}`);
  if (answer.status !== 200) return fail(refusal(answer, target));
  if (options.csv === true || options.json === true) {
    place.out.write(answer.text.endsWith('\n') ? answer.text : `${answer.text}\n`);
    return 0;
  }
  const report = parseReport(answer.text);
  if (report === undefined) return fail(`what answers at ${target.url} is no usage report.`);
  place.out.write(usageTable(report));
  return 0;
}

interface Target {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token?: string;
}

/** The token of the configuration is for the proxy of the configuration: it is sent to no `--url`. */
function targetOf(options: UsageCommandOptions, { environment, folder }: CommandPlace): Target | undefined {
  const given = environment[TOKEN_VARIABLE];
  const fromEnvironment = given === undefined || given === '' ? {} : { token: given };
  if (options.url !== undefined) {
    const url = URL.canParse(options.url) ? new URL(options.url) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol)) return undefined;
    return { url: `${url.origin}${url.pathname}`.replace(/\/+$/, ''), ...fromEnvironment };
  }
  const { server, auth } = loadOrBuiltin(locateConfig(options.config, environment, folder), { environment }).config;
  const token = auth.adminToken === undefined ? {} : { token: auth.adminToken.reveal() };
  const scheme = server.tls === undefined ? 'http' : 'https';
  return { url: `${scheme}://${hostFor(server.host)}:${server.port}`, ...token, ...fromEnvironment };
}

/** A server that listens on every address is asked on this machine's. */
function hostFor(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A text says why there is no answer. */
async function ask({ url, token }: Target, options: UsageCommandOptions): Promise<Answer | string> {
  const query = new URLSearchParams({ format: options.csv === true ? 'csv' : 'json' });
  for (const [option, name] of Object.entries(PARAMETERS)) {
    const value = options[option as keyof typeof PARAMETERS];
    if (value !== undefined) query.set(name, value);
  }
  try {
    const response = await fetch(`${url}/api/governance/usage?${query.toString()}`, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      // The token is not carried to where an answer points.
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return cause instanceof Error ? cause.message : String(cause);
  }
}

function refusal({ status, text }: Answer, { url }: Target): string {
  const sentence = sentenceOf(text);
  if (status === 401) return `${sentence} Set ${TOKEN_VARIABLE}.`;
  if (status === 404)
    return `the proxy at ${url} has no usage report; it needs \`database\` or \`governance\` in its configuration.`;
  return sentence;
}

/** The sentence of an error body in either form that the proxy has. */
function sentenceOf(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: string | { message?: string } };
    const sentence = typeof error === 'string' ? error : error?.message;
    if (typeof sentence === 'string') return sentence;
  } catch {
    // Not the proxy's own.
  }
  return 'the proxy refused without a reason.';
}
