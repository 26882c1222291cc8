import { createHmac, randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../core/clock.ts';
import type { Secret } from '../../core/secret.ts';
import { sameText } from '../access.ts';

const COOKIE = 'llmproxy_session';
const LIFE_MS = 12 * 60 * 60 * 1_000;
const SECOND_MS = 1_000;
/** Methods that change nothing. */
const READING = new Set(['GET', 'HEAD']);

export interface SessionRequest {
  readonly method?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** What a browser gets when it has signed in. */
export interface Issued {
  /** Value of `set-cookie`. */
  readonly cookie: string;
  /** To be sent as `x-csrf-token` with whatever changes something. */
  readonly csrf: string;
}

/**
 * Sessions of the dashboard. A session is a signed cookie that stands for the admin token: no process keeps anything, so every worker
 * and every replica with the same token knows it, and another token ends all of them.
 */
export class Sessions {
  readonly #token: () => Secret | undefined;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(token: () => Secret | undefined, clock: Pick<Clock, 'now'>) {
    this.#token = token;
    this.#clock = clock;
  }

  /** Undefined unless `given` is the admin token. */
  open(given: string, encrypted: boolean): Issued | undefined {
    const token = this.#token();
    if (token === undefined || !sameText(given, token.reveal())) return undefined;
    const id = `${this.#clock.now() + LIFE_MS}.${randomBytes(16).toString('hex')}`;
    const value = `${id}.${sign(token, 'session', id)}`;
    return {
      cookie: cookieOf(value, LIFE_MS / SECOND_MS, encrypted),
      csrf: sign(token, 'csrf', id),
    };
  }

  /** The token for writing of the session that a request belongs to; undefined without one that is valid. */
  csrfOf({ headers }: SessionRequest): string | undefined {
    const token = this.#token();
    const id = token && this.#idIn(headers, token);
    return token && id ? sign(token, 'csrf', id) : undefined;
  }

  /** Whether the request comes from a session and, where it changes something, from its own page. */
  allows(request: SessionRequest): boolean {
    const csrf = this.csrfOf(request);
    if (csrf === undefined) return false;
    if (READING.has(request.method ?? '')) return true;
    const given = request.headers['x-csrf-token'];
    return typeof given === 'string' && sameText(given, csrf);
  }

  #idIn(headers: IncomingHttpHeaders, token: Secret): string | undefined {
    const value = cookieIn(headers.cookie);
    const end = value?.lastIndexOf('.') ?? -1;
    if (value === undefined || end === -1) return undefined;
    const id = value.slice(0, end);
    if (!sameText(value.slice(end + 1), sign(token, 'session', id))) return undefined;
    return Number.parseInt(id, 10) > this.#clock.now() ? id : undefined;
  }
}

/** Value of `set-cookie` that ends a session in the browser. */
export function endedCookie(encrypted: boolean): string {
  return cookieOf('', 0, encrypted);
}

function cookieOf(value: string, seconds: number, encrypted: boolean): string {
  return `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${encrypted ? '; Secure' : ''}`;
}

/** RFC 6265 section 4.2.1. */
function cookieIn(header: string | undefined): string | undefined {
  const pair = header?.split('; ').find((one) => one.startsWith(`${COOKIE}=`));
  return pair?.slice(COOKIE.length + 1);
}

/** The admin token keys the signature, under a name for what it is used for. */
function sign(token: Secret, purpose: string, id: string): string {
  return createHmac('sha256', `llmproxy dashboard ${purpose}\n${token.reveal()}`).update(id).digest('base64url');
}
