import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { Delivery } from './delivery.ts';

const ALLOW_ORIGIN = 'access-control-allow-origin';
const METHODS = 'GET, POST, PUT, PATCH, DELETE, OPTIONS';
const MAX_AGE_SECONDS = 86_400;

/** Headers of the answer to a preflight: a page of this origin (`*`: of any) may send what it asked for. */
export function preflightHeaders(headers: IncomingHttpHeaders, origin: string): OutgoingHttpHeaders {
  const asked = headers['access-control-request-headers'];
  return {
    [ALLOW_ORIGIN]: origin,
    'access-control-allow-methods': METHODS,
    ...(asked === undefined ? {} : { 'access-control-allow-headers': asked }),
    'access-control-max-age': String(MAX_AGE_SECONDS),
  };
}

/** The delivery as a page may read it: the provider lets any origin in, and says so to requests that name theirs. */
export function readableByPages(delivery: Delivery, headers: IncomingHttpHeaders): Delivery {
  const { head } = delivery;
  if (headers.origin === undefined || head === undefined) return delivery;
  if (head.headers.some(([name]) => name === ALLOW_ORIGIN)) return delivery;
  return { ...delivery, head: { ...head, headers: [...head.headers, [ALLOW_ORIGIN, '*']] } };
}
