import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** `Authorization: Bearer TOKEN` of the control API. */
const BEARER = /^Bearer\s+(\S+)\s*$/i;
const LOOPBACK = /^(?:localhost|(?:[\w-]+\.)+localhost|127(?:\.\d{1,3}){3}|\[::1\]|::1)$/i;

export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** The host of `Host` or of an `Origin`, without its port. */
function hostIn(authority: string): string {
  return authority.replace(/:\d+$/, '');
}

function sameToken(given: string | undefined, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
}

function isLocalPage(origin: string): boolean {
  return isLoopback(hostIn(origin.replace(/^https?:\/\//, '')));
}

/** A preflight has no token: where one is needed, the request itself is refused without it. */
export function mayPreflight(origin: string, token: string | undefined): boolean {
  return token !== undefined || isLocalPage(origin);
}

/**
 * The reason why a request may not use the control API; `undefined`: it may. A request with the right token may, under any name of the host.
 * Without a token the mock has to listen on the loopback, and neither `Host` nor `Origin` may be foreign: that keeps out pages which reach
 * this address under a name of their own (DNS rebinding) or post to it.
 */
export function controlRefusal(
  { host, origin, authorization }: IncomingHttpHeaders,
  listening: string,
  token: string | undefined,
): string | undefined {
  if (token !== undefined) {
    if (sameToken(BEARER.exec(authorization ?? '')?.[1], token)) return undefined;
    return 'the control API needs the token of --control-token: Authorization: Bearer TOKEN';
  }
  if (!isLoopback(listening)) {
    return `the control API is closed on ${listening}: start the mock with --control-token TOKEN (controlToken) and send it as Authorization: Bearer TOKEN`;
  }
  if (!isLoopback(hostIn(host ?? ''))) {
    return `the control API is not for the host ${host ?? 'that the request does not name'}: use localhost, 127.0.0.1 or --control-token`;
  }
  return origin === undefined || isLocalPage(origin) ? undefined : `the control API is not for pages of ${origin}`;
}
