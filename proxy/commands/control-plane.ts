import { loadOrBuiltin, locateConfig } from '../config/builtin.ts';
import { isJsonObject, type JsonObject } from '../core/json.ts';
import { generatedToken } from './generated-token.ts';
import { CommandFault, type CommandPlace, WrongOption } from './place.ts';

/** Options of every command that asks a running proxy. */
export interface ProxyOptions {
  readonly config?: string;
  readonly url?: string;
}

/** Longest wait for an answer. */
const TIMEOUT_MS = 60_000;
const TOKEN_VARIABLE = 'LLMPROXY_ADMIN_TOKEN';
const BASE = '/api/governance';

/** A running proxy, and what a caller proves itself with. */
export interface Target {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token?: string;
}

export interface ProxyCall {
  readonly method: string;
  /** With a slash at its beginning. */
  readonly path: string;
  /** JSON. */
  readonly body?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the wait before its time. */
  readonly signal?: AbortSignal;
}

/** One call of a running proxy. Throws CommandFault where there is no answer. */
export async function callProxy({ url, token }: Target, call: ProxyCall): Promise<{ status: number; text: string }> {
  const { method, path, body, headers, signal } = call;
  try {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...headers,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
      // The token is not carried to where an answer points.
      redirect: 'error',
      signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal === undefined ? [] : [signal])]),
    });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFault(`cannot reach the proxy at ${url}: ${why}`, { cause: error });
  }
}

/** What the proxy has refused, in its own sentence. */
export class RefusedCall extends CommandFault {
  /** There is no entity with that id. */
  readonly isMissing: boolean;

  constructor(message: string, isMissing: boolean) {
    super(message);
    this.isMissing = isMissing;
  }
}

/** One call of a running proxy that answers with a JSON object. Throws RefusedCall for every answer but a 2xx, CommandFault where there is none. */
export async function askProxy(target: Target, call: ProxyCall): Promise<JsonObject> {
  const { status, text } = await callProxy(target, call);
  if (status < 200 || status >= 300) {
    const { sentence } = sentenceOf(text);
    const remedy = status === 401 || status === 403 ? ` Set ${TOKEN_VARIABLE}.` : '';
    throw new RefusedCall(`${sentence}${remedy}`, status === 404);
  }
  const answer = objectIn(text);
  if (answer === undefined) throw new CommandFault(`what answers at ${target.url} is no llmproxy.`);
  return answer;
}

function objectIn(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The governance routes of a running proxy, as a command asks them. */
export class ControlPlane {
  /** Without a slash at its end. */
  readonly url: string;
  readonly #target: Target;
  /** What the routes are called where the proxy has none. */
  readonly #subject: string;

  /** Throws CommandFault for an address that is none, ConfigError for a configuration that cannot be used. */
  constructor(options: ProxyOptions, place: CommandPlace, subject: string) {
    this.#target = targetOf(options, place);
    this.url = this.#target.url;
    this.#subject = subject;
  }

  /**
   * Asks for `path` below `/api/governance`; resolves to the text of a 2xx. `body` is JSON. Throws RefusedCall for every other
   * answer, CommandFault where there is none.
   */
  async ask(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: string): Promise<string> {
    const { status, text } = await callProxy(this.#target, { method, path: `${BASE}${path}`, body });
    if (status >= 200 && status < 300) return text;
    const { sentence, isGovernance } = sentenceOf(text);
    if (status === 401) throw new RefusedCall(`${sentence} Set ${TOKEN_VARIABLE}.`, false);
    if (status !== 404 || isGovernance) throw new RefusedCall(sentence, status === 404);
    throw new RefusedCall(
      `the proxy at ${this.url} has no ${this.#subject}; it needs \`database\` or \`governance\` in its configuration.`,
      false,
    );
  }
}

/**
 * The proxy that a command asks, with the admin token. That of the configuration is for the proxy of the configuration: it is sent to no
 * `--url`. Throws CommandFault for an address that is none, ConfigError for a configuration that cannot be used.
 */
export function targetOf(options: ProxyOptions, { environment, folder }: CommandPlace): Target {
  const given = environment[TOKEN_VARIABLE];
  const fromEnvironment = given === undefined || given === '' ? undefined : given;
  if (options.url !== undefined) return { url: originOf(options.url), ...tokenMember(fromEnvironment) };
  const { config } = loadOrBuiltin(locateConfig(options.config, environment, folder), { environment });
  const { server, auth, governance } = config;
  const makesToken = auth.admin === 'token' && governance !== undefined;
  const scheme = server.tls === undefined ? 'http' : 'https';
  const token =
    fromEnvironment ?? auth.adminToken?.reveal() ?? (makesToken ? generatedToken(governance, folder) : undefined);
  return { url: `${scheme}://${hostFor(server.host)}:${server.port}`, ...tokenMember(token) };
}

function tokenMember(token: string | undefined): Pick<Target, 'token'> {
  return token === undefined ? {} : { token };
}

function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new WrongOption('--url must be an address such as http://127.0.0.1:4000.');
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** A server that listens on every address is asked on this machine's. */
function hostFor(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

/** The sentence of an error body in either form that the proxy has; governance answers with a text. */
function sentenceOf(text: string): { readonly sentence: string; readonly isGovernance: boolean } {
  try {
    const { error } = JSON.parse(text) as { error?: string | { message?: string } };
    const isGovernance = typeof error === 'string';
    const sentence = isGovernance ? error : error?.message;
    if (typeof sentence === 'string') return { sentence, isGovernance };
  } catch {
    // Not the proxy's own.
  }
  return { sentence: 'the proxy refused without a reason.', isGovernance: false };
}
