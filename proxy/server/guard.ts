import type { IncomingHttpHeaders } from 'node:http';
import { ProxyError } from '../core/errors.ts';
import { isLoopback } from '../core/loopback.ts';

/** Headers of an answer, by name. */
export type AnswerHeaders = Readonly<Record<string, string>>;

export interface GuardSettings {
  /** Address that the listener is bound to. */
  readonly host: string;
  /** `server.trusted_hosts`; left out when it is not set. */
  readonly trustedHosts?: readonly string[];
  /** `server.cors`. */
  readonly cors: readonly string[];
}

/** What is judged of a request: its head, and whether it came over TLS. */
export interface GuardedRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly encrypted: boolean;
  /** The request asks for a WebSocket. */
  readonly upgrade?: boolean;
}

/** A request that may go on, or one that is answered at once with 204; the headers belong to its answer either way. */
export interface Admission {
  readonly kind: 'pass' | 'options';
  readonly headers: AnswerHeaders;
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
/** Value of `allow`. */
export const ALLOWED_METHODS = METHODS.join(', ');
const ANY = '*';
const PREFLIGHT_SECONDS = '600';
/** Request headers that a page may send whether its preflight asks or not. */
const REQUEST_HEADERS = ['authorization', 'content-type'];
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
/** Answer headers that a page may read besides the few that it always may; `*` counts for requests without cookies. */
const EXPOSED_HEADERS = [
  'x-request-id',
  'x-upstream-request-id',
  'x-llmproxy-cache',
  'x-llmproxy-endpoint',
  'x-llmproxy-attempts',
  'x-llmproxy-credential',
  'x-llmproxy-model',
  'x-llmproxy-complexity',
  'x-llmproxy-tier',
  'x-llmproxy-truncated',
  'x-llmproxy-vision',
  'x-llmproxy-escalated',
  'x-llmproxy-fallback',
  'cache-status',
  'age',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
  'x-ratelimit-limit-requests',
  'x-ratelimit-limit-tokens',
  'x-ratelimit-remaining-requests',
  'x-ratelimit-remaining-tokens',
  'x-ratelimit-reset-requests',
  'x-ratelimit-reset-tokens',
  'openai-processing-ms',
  ANY,
].join(', ');

/** The names under which nearly every request on this machine comes in. */
const COMMON_LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/;
const HOST = /^(\[[0-9a-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/;
const SINGLE_LABEL = /^[\w-]+(?::\d{1,5})?$/;
/** Docker's name for the machine that a container runs on: only that machine has it. */
const CONTAINER_HOST = 'host.docker.internal';
const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' };
const OTHER_SCHEME = /^(?!https?:)[a-z][a-z\d+.-]*:\/\/[^\s,]*$/i;
const NO_HEADERS: AnswerHeaders = {};

/**
 * Keeps web pages and foreign names away from a proxy that listens on the user's own machine: the loopback address alone
 * is no fence, because a browser there sends what any page tells it to.
 */
export class Guard {
  readonly #checksHost: boolean;
  readonly #hosts: ReadonlySet<string>;
  readonly #domains: readonly string[];
  readonly #origins: ReadonlySet<string>;
  readonly #anyOrigin: boolean;

  constructor({ host, trustedHosts, cors }: GuardSettings) {
    const hosts = trustedHosts ?? [];
    this.#checksHost = (trustedHosts !== undefined || isLoopback(host)) && !hosts.includes(ANY);
    this.#hosts = new Set([CONTAINER_HOST, ...hosts]);
    this.#domains = hosts.filter((name) => name.startsWith('*.')).map((name) => name.slice(1));
    this.#origins = new Set(cors);
    this.#anyOrigin = this.#origins.has(ANY);
  }

  /** Throws ProxyError `host_not_trusted`, `origin_not_allowed` or `method_not_allowed`. */
  judge(request: GuardedRequest): Admission {
    const { method, headers } = request;
    if (this.#checksHost && !isLocalProgram(request)) this.#assertHost(headers.host);
    if (method === 'OPTIONS') return { kind: 'options', headers: this.#preflightHeaders(headers) };
    if (!METHODS.includes(method)) throw methodNotAllowed(method);
    this.#assertOrigin(request);
    return { kind: 'pass', headers: this.#origins.size === 0 ? NO_HEADERS : this.#corsHeaders(headers.origin) };
  }

  #assertHost(header: string | undefined): void {
    if (header !== undefined && COMMON_LOOPBACK.test(header)) return;
    const name = HOST.exec(header?.toLowerCase() ?? '')?.[1];
    if (name !== undefined && this.#isTrusted(name)) return;
    throw new ProxyError(
      'host_not_trusted',
      `The host ${shown(header)} is not one that this proxy answers to. Add it to server.trusted_hosts, or call the proxy as localhost.`,
    );
  }

  #isTrusted(name: string): boolean {
    return this.#hosts.has(name) || isLoopback(name) || this.#domains.some((domain) => name.endsWith(domain));
  }

  /** Browsers name the page that sends a request in `Origin`, or at least say in `Sec-Fetch-Site` that it is foreign. */
  #assertOrigin({ headers, encrypted }: GuardedRequest): void {
    const { origin } = headers;
    if (origin === undefined || origin === '') {
      if (headers['sec-fetch-site'] !== 'cross-site' || this.#anyOrigin) return;
      throw originNotAllowed('A page of another site');
    }
    if (this.#names(origin) || OTHER_SCHEME.test(origin) || isSameOrigin(origin, headers.host, encrypted)) return;
    throw originNotAllowed(`The origin ${shown(origin)}`);
  }

  #names(origin: string): boolean {
    return this.#anyOrigin || this.#origins.has(origin.toLowerCase());
  }

  #corsHeaders(origin: string | undefined): AnswerHeaders {
    const vary: AnswerHeaders = this.#anyOrigin ? NO_HEADERS : { vary: 'origin' };
    if (origin === undefined || !this.#names(origin)) return vary;
    return {
      ...vary,
      'access-control-allow-origin': this.#allowed(origin),
      'access-control-expose-headers': EXPOSED_HEADERS,
    };
  }

  #preflightHeaders(headers: IncomingHttpHeaders): AnswerHeaders {
    const allow = ALLOWED_METHODS;
    const { origin } = headers;
    if (origin === undefined || !this.#names(origin)) return { allow, vary: 'origin' };
    const asked = (headers['access-control-request-headers'] ?? '').toLowerCase().split(',');
    const names = [...REQUEST_HEADERS, ...asked.map((name) => name.trim()).filter((name) => TOKEN.test(name))];
    const local = headers['access-control-request-private-network'] === 'true';
    return {
      allow,
      'access-control-allow-origin': this.#allowed(origin),
      'access-control-allow-methods': ALLOWED_METHODS,
      'access-control-allow-headers': [...new Set(names)].join(', '),
      'access-control-max-age': PREFLIGHT_SECONDS,
      ...(local ? { 'access-control-allow-private-network': 'true' } : {}),
      vary: 'origin, access-control-request-headers',
    };
  }

  #allowed(origin: string): string {
    return this.#anyOrigin ? ANY : origin;
  }
}

/**
 * A browser's WebSocket always has an Origin (RFC 6455 section 4.1), and a name of one label is no page's of the internet:
 * this is a program that writes what it likes into Host.
 */
function isLocalProgram({ upgrade, headers }: GuardedRequest): boolean {
  const isBrowser = headers.origin !== undefined || headers['sec-fetch-site'] !== undefined;
  return upgrade === true && !isBrowser && SINGLE_LABEL.test(headers.host ?? '');
}

/** Whether the page comes from the very address that it calls: scheme, host and port (RFC 6454 section 5). */
function isSameOrigin(origin: string, host: string | undefined, encrypted: boolean): boolean {
  const scheme = encrypted ? 'https' : 'http';
  const match = HOST.exec(host?.toLowerCase() ?? '');
  if (!match) return false;
  const [, name, port] = match;
  const own = port === undefined || port === DEFAULT_PORTS[scheme] ? name : `${name}:${port}`;
  return origin.toLowerCase() === `${scheme}://${own}`;
}

/** A header's value for a message: quoted, of bounded length. */
function shown(value: string | undefined): string {
  return value === undefined ? '(none)' : `'${value.slice(0, 100)}'`;
}

function originNotAllowed(who: string): ProxyError {
  return new ProxyError(
    'origin_not_allowed',
    `${who} may not call this proxy from a browser. Add the origin of the page to server.cors if it is meant to.`,
  );
}

/** The answer to a method that is not served, with those that are. */
export function methodNotAllowed(method: string, allowed = ALLOWED_METHODS): ProxyError {
  return new ProxyError('method_not_allowed', `The method ${method} is not served here; ${allowed} are.`, {
    headers: { allow: allowed },
  });
}
