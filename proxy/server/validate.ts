import type { IncomingMessage } from 'node:http';
import { canonicalTarget, malformed, type Target, writeTarget } from './target.ts';

const HOST = 'host';

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
  if (encoding === undefined) return;
  if (encoding.toLowerCase() !== 'chunked') {
    throw malformed(`its transfer encoding is '${encoding}'; only 'chunked' is known here`);
  }
  if (request.httpVersionMajor === 1 && request.httpVersionMinor === 0) {
    throw malformed('HTTP/1.0 has no transfer encoding');
  }
}

/** The canonical target, which stands in `request.url` from now on. Throws ProxyError `invalid_request`. */
export function readTarget(request: IncomingMessage): Target {
  const target = canonicalTarget(request.url ?? '/', request.headers.host);
  request.url = writeTarget(target);
  return target;
}
