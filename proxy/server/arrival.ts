import type { IncomingHttpHeaders } from 'node:http';
import { newRequestId } from '../core/ids.ts';
import { type ContextSeed, createContext, type RequestContext } from '../pipeline/context.ts';
import type { SocketWay } from '../pipeline/socket-way.ts';
import type { Transport } from '../pipeline/transport.ts';
import type { BodySource, Responder } from '../wire/http.ts';
import { withoutParameters } from '../wire/query.ts';
import type { FrontState } from './front.ts';
import { queryKeys, takeQueryKey } from './query-key.ts';
import { type ApiRoute, belowVersion, noRoute } from './route-table.ts';
import { frameSource } from './sockets/sockets.ts';
import type { Target } from './target.ts';

/** The head of a request as a front has read it; `IncomingMessage` is one. */
export interface ReadHead {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Name, value, name, value … as they came. */
  readonly rawHeaders: readonly string[];
}

/** A request before its route is known. */
export interface Arrival {
  readonly request: ReadHead;
  readonly source: BodySource;
  readonly responder: Responder;
  readonly state: FrontState;
  /** Path and query as the client wrote them. */
  readonly writtenPath: string;
  readonly id: string;
  readonly startedAt: number;
}

/** Method of the access line of a request that came over a socket. */
const FRAME_METHOD = 'WS';
const CLIENT_ID = /^[\w.:-]{1,128}$/;

/** A request that is there from now on. */
export function arrive(
  request: ReadHead,
  source: BodySource,
  responder: Responder,
  state: FrontState,
  startedAt = state.runtime.clock.monotonic(),
): Arrival {
  return {
    request,
    source,
    responder,
    state,
    writtenPath: pathIn(request.url ?? '/'),
    id: requestId(request),
    startedAt,
  };
}

/** The life of a request begins with this. */
export function contextOf(
  arrival: Arrival,
  route: ApiRoute,
  target?: Target,
  way?: Transport | SocketWay,
  frame?: Buffer,
): RequestContext {
  const { id, request, source, writtenPath, responder, startedAt } = arrival;
  const query = target?.query ?? '';
  const seed: ContextSeed = {
    id,
    operation: route.operation,
    protocol: route.protocol,
    head: {
      method: frame ? FRAME_METHOD : (request.method ?? 'GET'),
      path: route.path ?? belowVersion(target?.path ?? request.url ?? '/'),
      query: ownQuery(route, query, request.headers),
      headers: request.headers,
      raw: rawOf(route, query, request),
    },
    writtenPath,
    source: frame ? frameSource(frame) : source,
    responder,
    subject: route.subject,
    ...wayOf(way),
    startedAt,
    cacheStatus: route.pipeline === 'operation' ? 'bypass' : 'none',
  };
  return createContext(seed);
}

/** The query without what is no parameter of the operation: a key, the version of a host. */
function ownQuery({ protocol, ignores }: ApiRoute, query: string, headers: IncomingHttpHeaders): string {
  if (query === '') return query;
  const kept = protocol.family === 'gemini' ? takeQueryKey(query, headers) : query;
  return ignores === undefined ? kept : withoutParameters(kept, ignores);
}

/** The headers as they came, and the keys that Gemini's clients write into the query. */
function rawOf({ protocol }: ApiRoute, query: string, { rawHeaders }: ReadHead): readonly string[] {
  const keys = protocol.family === 'gemini' ? queryKeys(query) : [];
  return keys.length === 0 ? rawHeaders : [...rawHeaders, ...keys.flatMap((key) => ['?key', key])];
}

/** The route that a request without one is answered and reported as. */
export function routeOf({ request, writtenPath }: Arrival, operation?: string): ApiRoute {
  return noRoute(writtenPath.replace(/\?.*$/s, ''), request.headers, operation);
}

function wayOf(way: Transport | SocketWay | undefined): Pick<ContextSeed, 'transport' | 'socket'> {
  if (way === undefined) return {};
  return way.kind === 'socket' || way.kind === 'frame' ? { socket: way } : { transport: way };
}

/** The absolute form of a target (RFC 9112 section 3.2.2) may name a host, and even a password. */
function pathIn(url: string): string {
  return url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
}

/** The client's own request id when it is a plain token, else a new one. */
function requestId(request: ReadHead): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && CLIENT_ID.test(given) ? given : newRequestId();
}
