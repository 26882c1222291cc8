import { errorReply } from '../dialects/errors.ts';
import { familyOperations, operations } from '../dialects/index.ts';
import type { DialectContext, DialectRequest, HeaderList, Operation, Reply } from '../dialects/reply.ts';
import { resourceOperations } from '../resources/index.ts';
import { parseJson } from '../server/body.ts';
import { boundaryOf } from '../server/multipart.ts';
import { Router } from '../server/router.ts';
import type { Cassette } from './cassette.ts';
import type { AskedRequest } from './library.ts';
import { Library } from './library.ts';
import type { ReplaySpeed } from './recorded-reply.ts';
import { replyOf } from './recorded-reply.ts';

export interface ReplayOptions {
  /** Default `instant`. */
  readonly speed?: ReplaySpeed | undefined;
  /** What answers a request that was not recorded: an error that says how it differs (default), or the mock. */
  readonly onMiss?: 'refuse' | 'mock' | undefined;
  /** Fields that do not count, besides those that the cassette names. */
  readonly ignore?: readonly string[] | undefined;
}

/** The code of the error that says that a request was not recorded. */
export const CASSETTE_MISS = 'cassette_miss';
const SHOWN_DIFFERENCES = 8;

/** JSON as it is without what was only said to the mock: faults, tenants, delays. */
function askedOf({ method, path, query, headers, body, rawBody }: DialectRequest): AskedRequest {
  const search = query.size === 0 ? '' : `?${query.toString()}`;
  const contentType = headers['content-type'];
  const isForm = contentType !== undefined && boundaryOf(contentType) !== undefined;
  const bytes = isForm || body === undefined ? rawBody : Buffer.from(JSON.stringify(body));
  return { method, url: `${path}${search}`, headers: Object.entries(headers), body: bytes };
}

/** 400 that no client retries, with what tells the request from the nearest one on the cassette. */
function missed(library: Library, asked: AskedRequest, context: DialectContext): Reply {
  const near = library.nearest(asked);
  const shown = near?.differences.slice(0, SHOWN_DIFFERENCES).map((line) => `\n  ${line}`) ?? [];
  const more = (near?.differences.length ?? 0) - shown.length;
  const nearest =
    near === undefined
      ? 'The cassette is empty.'
      : `The nearest one is ${near.route}:${shown.join('')}${more > 0 ? `\n  and ${more} more` : ''}`;
  const message = `${asked.method} ${asked.url} was not recorded. ${nearest}`;
  const reply = errorReply(400, { message, type: 'invalid_request_error', param: null, code: CASSETTE_MISS }, context);
  const headers: HeaderList = [...reply.headers, ['x-should-retry', 'false']];
  return { ...reply, headers };
}

/** A fault wants to see the answer in the other shape, which the client did not ask for. */
function isTurned({ body, rawBody }: DialectRequest): boolean {
  const stream = (value: unknown): boolean => (value as { readonly stream?: unknown } | undefined)?.stream === true;
  return stream(body) !== stream(parseJson(rawBody));
}

function played(operation: Operation, library: Library, { speed = 'instant', onMiss }: ReplayOptions): Operation {
  return {
    ...operation,
    handle(request, context) {
      if (isTurned(request)) return operation.handle(request, context);
      const asked = askedOf(request);
      const recording = library.take(asked);
      if (recording !== undefined) return replyOf(recording, speed);
      return onMiss === 'mock' ? operation.handle(request, context) : missed(library, asked, context);
    },
  };
}

/** Paths that were recorded and that the mock has no operation for. */
function strangers({ recordings }: Cassette, known: readonly Operation[]): readonly Operation[] {
  const router = new Router(known);
  const routes = recordings.map(({ request }) => `${request.method} ${request.url.split('?')[0] ?? ''}`);
  return [...new Set(routes)].flatMap((route) => {
    const [method = '', path = ''] = route.split(' ');
    if (router.find(method, path) !== undefined) return [];
    const id = `recorded ${route}`;
    const handle: Operation['handle'] = (request, context) =>
      missed(new Library({ head: NO_HEAD, recordings: [] }), askedOf(request), context);
    return [{ id, method: method as Operation['method'], path, handle }];
  });
}

const NO_HEAD = { cassette: 1, target: '', ignore: [] } as const;

/** Operations that answer from a cassette; everything else about the server stays: faults, journal, tenants, control API. */
export function replayOperations(cassette: Cassette, options: ReplayOptions = {}): readonly Operation[] {
  const library = new Library(cassette, options.ignore);
  const known = [...operations, ...resourceOperations, ...familyOperations];
  return [...known, ...strangers(cassette, known)].map((operation) => played(operation, library, options));
}
