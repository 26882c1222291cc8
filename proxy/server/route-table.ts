import { FAMILY_SEGMENTS } from '../core/route-families.ts';
import type { PipelineName } from '../pipeline/pipeline.ts';
import { PROTOCOLS } from '../protocols/table.ts';
import type { Protocol } from '../protocols/types.ts';
import { methodNotAllowed } from './guard.ts';

/** What a request's method and path mean. */
export interface ApiRoute {
  readonly pipeline: PipelineName;
  /** Name for the access line and metrics. */
  readonly operation: string;
  /** Format of the request and of its errors. */
  readonly protocol: Protocol;
  /** What stands in the path: the id of a response or the name of a model. */
  readonly subject?: string;
}

/** Everything that is not below `/v1` belongs to the control plane. */
export type Route = ApiRoute | { readonly pipeline: 'control-plane' };

interface Row extends Omit<ApiRoute, 'subject'> {
  readonly method: string;
  readonly pattern: RegExp;
}

const PROTOCOL_ROUTES = Object.values(PROTOCOLS).flatMap((protocol) =>
  protocol.routes.map(({ method, path, operation }) => ({ method, path, operation, protocol })),
);

/** The operations, by method and path below `/v1`. */
const OPERATIONS: ReadonlyMap<string, ApiRoute> = new Map(
  PROTOCOL_ROUTES.filter(({ path }) => !path.includes('{id}')).map(({ method, path, operation, protocol }) => [
    `${method} ${path}`,
    { pipeline: 'operation', operation, protocol },
  ]),
);

/** Their paths: another method there would reach, with the endpoint's key, what other callers have stored. */
const OPERATION_PATHS: ReadonlySet<string> = new Set(PROTOCOL_ROUTES.map(({ path }) => path));

/** The other routes that the proxy understands; the first that fits is taken. */
const ROWS: readonly Row[] = [
  ...PROTOCOL_ROUTES.filter(({ path }) => path.includes('{id}')).map(({ method, path, operation, protocol }): Row => ({
    method,
    pattern: new RegExp(`^${path.replace('{id}', '([^/]+)')}$`),
    pipeline: 'stored-response',
    operation,
    protocol,
  })),
  ...['GET', 'POST', 'DELETE'].map((method): Row => ({
    method,
    pattern: /^\/conversations(?:\/.*)?$/,
    pipeline: 'conversations',
    operation: 'passthrough',
    protocol: PROTOCOLS.responses,
  })),
  listing(/^\/models$/),
  listing(/^\/models\/(.+)$/),
];

function listing(pattern: RegExp): Row {
  return { method: 'GET', pattern, pipeline: 'listing', operation: 'models', protocol: PROTOCOLS['chat.completions'] };
}

const PASSTHROUGH: ApiRoute = {
  pipeline: 'passthrough',
  operation: 'passthrough',
  protocol: PROTOCOLS['chat.completions'],
};

/** An upgrade at the path of Responses. */
export const RESPONSES_SOCKET: ApiRoute = {
  pipeline: 'socket',
  operation: 'responses.socket',
  protocol: PROTOCOLS.responses,
};

const VERSION_PREFIX = '/v1';

/** The path below `/v1`, whether the client wrote the prefix or not. */
export function belowVersion(path: string): string {
  return path.startsWith(`${VERSION_PREFIX}/`) ? path.slice(VERSION_PREFIX.length) : path;
}

/**
 * Throws ProxyError `method_not_allowed` for an operation that is asked for by another method than its own. Upgrades are
 * not concerned: the Responses API has a WebSocket at the path of its operation.
 */
export function assertOperationMethod(method: string, path: string): void {
  const below = belowVersion(path);
  if (method !== 'POST' && OPERATION_PATHS.has(below)) throw methodNotAllowed(method, 'POST, OPTIONS');
}

export function findRoute(method: string, path: string): Route {
  const below = belowVersion(path);
  const found = OPERATIONS.get(`${method} ${below}`);
  if (found) return found;
  for (const { pattern, ...row } of ROWS) {
    const match = row.method === method ? pattern.exec(below) : null;
    if (!match) continue;
    const [, segment] = match;
    return segment === undefined ? row : { ...row, subject: decodeSegment(segment) };
  }
  const segment = below.split('/', 2)[1] ?? '';
  return below !== path || FAMILY_SEGMENTS.has(segment) ? PASSTHROUGH : { pipeline: 'control-plane' };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
