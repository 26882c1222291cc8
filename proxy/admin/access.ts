import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

import type { AuthConfig } from '../config/config.ts';
import { ProxyError } from '../core/errors.ts';
import { isLoopback } from '../core/loopback.ts';

const BEARER = /^Bearer +(\S+) *$/i;

export interface Place {
  /** Address that the listener is bound to. */
  readonly host: string;
  /** Whether there are virtual keys: who can operate the proxy then reads all of them. */
  readonly keys: boolean;
}

/** Headers of a request that another proxy has passed on: where it comes from is then not known. */
const FORWARDING = /^(?:forwarded|x-forwarded-.*|x-real-ip|via)$/;

/** Compared in constant time. */
export function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** The name in a Host header without its port; RFC 9110 section 7.2. */
function hostName(header: string | undefined): string {
  return (header ?? '').replace(/:\d*$/, '');
}

function refuse(message: string): ProxyError {
  return new ProxyError('unauthorized', message, { headers: { 'www-authenticate': 'Bearer' } });
}

/** Why a caller may operate the proxy: it has the admin token, or the configuration lets callers on this machine do so. */
export type Access = 'token' | 'open';

/** Undefined for a caller that may not operate the proxy. */
export function accessOf(headers: IncomingHttpHeaders, auth: AuthConfig, place: Place): Access | undefined {
  try {
    return assertAccess(headers, auth, place);
  } catch (error) {
    if (error instanceof ProxyError) return undefined;
    throw error;
  }
}

/** Throws ProxyError `unauthorized` unless the caller may operate the proxy. */
export function assertAccess(headers: IncomingHttpHeaders, auth: AuthConfig, { host, keys }: Place): Access {
  const open = auth.admin === 'open' || (auth.admin === 'loopback' && isLoopback(host));
  if (open) {
    const passedOn = keys ? Object.keys(headers).find((name) => FORWARDING.test(name)) : undefined;
    if (passedOn !== undefined) {
      throw refuse(
        `This request was passed on by a proxy (it has the header \`${passedOn}\`), so it is not local. Set auth.admin_token to operate this proxy through another.`,
      );
    }
    // A web page can make its own name point to 127.0.0.1 and call us from the user's browser (DNS rebinding).
    if (isLoopback(hostName(headers.host))) return 'open';
    throw refuse(
      'Without an admin token this route answers only to localhost. Set auth.admin_token to use it by name.',
    );
  }
  if (auth.adminToken === undefined) {
    throw refuse('This route needs an admin token, and none is configured. Set auth.admin_token.');
  }
  const given = BEARER.exec(headers.authorization ?? '')?.[1];
  if (given === undefined) {
    throw refuse('This route needs the admin token: send it as `Authorization: Bearer <token>`.');
  }
  if (!sameText(given, auth.adminToken.reveal())) throw refuse('The admin token is wrong.');
  return 'token';
}
