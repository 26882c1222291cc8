import type { IncomingHttpHeaders } from 'node:http';
import { FAMILY_SEGMENTS } from '../core/route-families.ts';
import type { PipelineName } from '../pipeline/pipeline.ts';
import { DETAIL_PROTOCOL } from '../pipeline/gateway/detail-protocol.ts';
import { PROTOCOLS } from '../protocols/table.ts';
import type { Protocol, ProtocolFamily } from '../protocols/types.ts';
import { type ApiPath, decodeSegment, familyOf, readApiPath } from './api-path.ts';
import { methodNotAllowed } from './guard.ts';

/** What a request's method and path mean. */
export interface ApiRoute {
  readonly pipeline: PipelineName;
  /** Name for the access line and metrics. */
  readonly operation: string;
  /** Format of the request and of its errors. */
  readonly protocol: Protocol;
  /** What stands in the path: the id of a response, the name of a model or of a deployment. */
  readonly subject?: string;
  /** The path below the version. */
  readonly path?: string;
  /** Parameters of the query that are meant for the host of another API, and say nothing here. */
  readonly ignores?: readonly string[];
}

/** What stands below no API belongs to the control plane. */
export type Route = ApiRoute | { readonly pipeline: 'control-plane' };

interface Row extends Omit<ApiRoute, 'subject'> {
  readonly method: string;
  readonly pattern: RegExp;
}

const PROTOCOL_ROUTES = Object.values(PROTOCOLS).flatMap((protocol) =>
  protocol.routes.map(({ method, path, operation }) => ({ method, path, operation, protocol })),
);

/** The operations, by method and path below the version. */
const OPERATIONS: ReadonlyMap<string, ApiRoute> = new Map(
  PROTOCOL_ROUTES.filter(({ path }) => !path.includes('{')).map(({ method, path, operation, protocol }) => [
    `${method} ${path}`,
    { pipeline: 'operation', operation, protocol },
  ]),
);

/** The operations whose path names the model, by what stands behind it. */
const MODEL_OPERATIONS: ReadonlyMap<string, ApiRoute> = new Map(
  PROTOCOL_ROUTES.filter(({ path }) => path.includes('{model}')).map(({ path, operation, protocol }) => [
    path.slice(path.indexOf('}') + 1),
    { pipeline: 'operation', operation, protocol },
  ]),
);

const MODEL_METHOD = /^\/(?:models\/.+|tunedModels\/[^/]+)(:\w+)$/;

/** Their paths: another method there would reach, with the endpoint's key, what other callers have stored. */
const OPERATION_PATHS: ReadonlySet<string> = new Set(PROTOCOL_ROUTES.map(({ path }) => path));

/** What stands for a family where no operation is known: its form of errors and lists. */
export const SPOKESMEN: Readonly<Record<ProtocolFamily, Protocol>> = {
  openai: PROTOCOLS['chat.completions'],
  anthropic: PROTOCOLS.messages,
  gemini: PROTOCOLS['gemini.generate'],
};

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
];

const LISTING = /^\/models(?:\/(.+))?$/;

/** An upgrade at the path of Responses. */
export const RESPONSES_SOCKET: ApiRoute = {
  pipeline: 'socket',
  operation: 'responses.socket',
  protocol: PROTOCOLS.responses,
};

const VERSION_PREFIX = '/v1';

/** The path below the version, whether the client wrote the prefix or not. */
export function belowVersion(path: string): string {
  return path.startsWith(`${VERSION_PREFIX}/`) ? path.slice(VERSION_PREFIX.length) : readApiPath(path).path;
}

/**
 * Throws ProxyError `method_not_allowed` for an operation that is asked for by another method than its own. Upgrades are
 * not concerned: the Responses API has a WebSocket at the path of its operation.
 */
export function assertOperationMethod(method: string, path: string): void {
  if (method !== 'POST' && OPERATION_PATHS.has(belowVersion(path))) throw methodNotAllowed(method, 'POST, OPTIONS');
}

export function findRoute(method: string, path: string, headers: IncomingHttpHeaders = {}): Route {
  // Nearly all requests are for an operation below the plain version.
  const plain = path.startsWith(`${VERSION_PREFIX}/`) ? OPERATIONS.get(`${method} ${belowVersion(path)}`) : undefined;
  if (plain) return plain;
  if (method === 'POST' && path === GENERATE_PATH) return GENERATE;
  const api = readApiPath(path);
  const found = operationAt(method, api);
  if (found) return found;
  for (const { pattern, ...row } of ROWS) {
    const match = row.method === method ? pattern.exec(api.path) : null;
    if (!match) continue;
    const [, segment] = match;
    return {
      ...row,
      path: api.path,
      ...ignoring(api.ignores),
      ...(segment === undefined ? {} : { subject: decodeSegment(segment) }),
    };
  }
  return otherRoute(method, api, headers);
}

function operationAt(method: string, { path, family, deployment, ignores }: ApiPath): ApiRoute | undefined {
  const found = OPERATIONS.get(`${method} ${path}`);
  if (found) {
    // Below the prefix of another API the path means nothing.
    if (family !== undefined && family !== found.protocol.family) return undefined;
    if (family === undefined) return found;
    return { ...found, path, ...(deployment === undefined ? {} : { subject: deployment }), ...ignoring(ignores) };
  }
  if (method !== 'POST' || (family !== undefined && family !== 'gemini')) return undefined;
  const call = MODEL_METHOD.exec(path)?.[1];
  const operation = call === undefined ? undefined : MODEL_OPERATIONS.get(call);
  return operation && { ...operation, path };
}

function otherRoute(method: string, api: ApiPath, headers: IncomingHttpHeaders): Route {
  const { path, isApi, deployment } = api;
  const segment = path.split('/', 2)[1] ?? '';
  if (!isApi && !FAMILY_SEGMENTS.has(segment)) return { pipeline: 'control-plane' };
  const protocol = SPOKESMEN[familyOf(api, headers)];
  const common = { protocol, path, ...ignoring(api.ignores) };
  const listed = method === 'GET' && deployment === undefined ? LISTING.exec(path) : null;
  if (listed) {
    const [, name] = listed;
    const subject = name === undefined ? {} : { subject: decodeSegment(name) };
    return { pipeline: 'listing', operation: 'models', ...common, ...subject };
  }
  const subject = deployment === undefined ? {} : { subject: deployment };
  return { pipeline: 'passthrough', operation: 'passthrough', ...common, ...subject };
}

function ignoring(ignores: readonly string[] | undefined): Pick<ApiRoute, 'ignores'> {
  return ignores === undefined ? {} : { ignores };
}

const GOVERNANCE = /^\/api\/governance(?:\/|$)/;
/** The errors of these routes are one sentence each. */
const GOVERNANCE_SPOKESMAN: Protocol = {
  ...SPOKESMEN.openai,
  errorBody: ({ message }) => Buffer.from(JSON.stringify({ error: message })),
};

const BELOW_API_V1 = /^\/api\/v1(?:\/|$)/;
const GENERATE: ApiRoute = { pipeline: 'generate', operation: 'gateway.generate', protocol: DETAIL_PROTOCOL };
const GENERATE_PATH = '/api/v1/generate';

/**
 * What stands for the route of a request that reached none: its errors have the form of the API whose client it seems to be.
 */
export function noRoute(path: string, headers: IncomingHttpHeaders, operation = 'none'): ApiRoute {
  if (GOVERNANCE.test(path)) return { pipeline: 'listing', operation, protocol: GOVERNANCE_SPOKESMAN };
  if (BELOW_API_V1.test(path)) return { pipeline: 'listing', operation, protocol: DETAIL_PROTOCOL };
  return { pipeline: 'listing', operation, protocol: SPOKESMEN[familyOf(readApiPath(path), headers)] };
}
