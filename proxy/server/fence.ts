import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { Admission, Guard } from './guard.ts';
import type { Target } from './target.ts';
import { assertPlainRequest, readTarget } from './validate.ts';

const ASTERISK = '*';

/**
 * Judges the head of a request before anything else looks at it, and leaves the canonical target in `request.url`.
 * Returns undefined when the request has been answered here (OPTIONS). Throws ProxyError when it is refused.
 */
export function enter(request: IncomingMessage, response: ServerResponse, guard: Guard): Target | undefined {
  assertPlainRequest(request);
  const { kind, headers } = judge(request, guard);
  for (const name in headers) response.setHeader(name, headers[name] ?? '');
  if (kind === 'options') {
    if (request.url !== ASTERISK) readTarget(request);
    response.writeHead(204).end();
    return undefined;
  }
  return readTarget(request);
}

/** The same for a request that asks to switch protocols. */
export function enterUpgrade(request: IncomingMessage, guard: Guard): Target {
  assertPlainRequest(request);
  judge(request, guard, true);
  return readTarget(request);
}

function judge(request: IncomingMessage, guard: Guard, upgrade = false): Admission {
  const { method = 'GET', headers, socket } = request;
  return guard.judge({ method, headers, encrypted: socket instanceof TLSSocket, upgrade });
}
