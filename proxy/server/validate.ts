import type { IncomingMessage } from 'node:http';
import { ProxyError } from '../core/errors.ts';

const HOST = 'host';

/** What a path needs to hide a dot segment: a dot behind a slash, or something that is read as either. */
const SUSPECT = /\/\.|[%\\]/;

/**
 * Refuses requests that two HTTP implementations could read in two ways: the seam where request smuggling lives
 * (RFC 9112 sections 3.2, 6.1, 6.3). Throws ProxyError `invalid_request`.
 */
export function assertPlainRequest(request: IncomingMessage): void {
  const { rawHeaders, headers } = request;
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name?.length === HOST.length && name.toLowerCase() === HOST) hosts += 1;
  }
  if (hosts > 1) throw malformed('it has more than one Host header');
  const encoding = headers['transfer-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'chunked') {
    throw malformed(`its transfer encoding is '${encoding}'; only 'chunked' is known here`);
  }
}

/** The path and query of a request target. Throws ProxyError `invalid_request`. */
export function readTarget(request: IncomingMessage): { path: string; query: string } {
  const target = originForm(request.url ?? '/', request.headers.host);
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  if (!path.startsWith('/')) throw malformed('its target is not a path');
  if (SUSPECT.test(path) && hasDotSegments(path)) throw malformed('its path has dot segments');
  return { path, query: mark === -1 ? '' : target.slice(mark + 1) };
}

function hasDotSegments(path: string): boolean {
  return /(?:^|\/)\.{1,2}(?:\/|$)/.test(path.replaceAll(/%2e/gi, '.').replaceAll(/%2f|%5c|\\/gi, '/'));
}

/** An absolute-form target (RFC 9112 section 3.2.2) is taken when it names the host that was asked. */
function originForm(target: string, host: string | undefined): string {
  if (target.startsWith('/') || !/^https?:\/\//i.test(target)) return target;
  const url = URL.parse(target);
  if (!url || url.host !== host?.toLowerCase()) throw malformed('its target names another host');
  return `${url.pathname}${url.search}`;
}

function malformed(reason: string): ProxyError {
  return new ProxyError('invalid_request', `The HTTP request is refused: ${reason}.`, {
    headers: { connection: 'close' },
  });
}
