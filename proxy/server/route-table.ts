import type { PipelineName } from '../pipeline/pipeline.ts';
import { PROTOCOLS } from '../protocols/table.ts';
import type { OperationId, Protocol } from '../protocols/types.ts';

/** What a request's method and path mean. */
export interface ApiRoute {
  readonly pipeline: PipelineName | 'passthrough';
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

const ID = '([^/]+)';

const stored = (method: string, path: string, operation: string): Row => ({
  method,
  pattern: new RegExp(`^${path}$`),
  pipeline: 'stored-response',
  operation,
  protocol: PROTOCOLS.responses,
});

const listing = (pattern: RegExp): Row => ({
  method: 'GET',
  pattern,
  pipeline: 'listing',
  operation: 'models',
  protocol: PROTOCOLS['chat.completions'],
});

const operation = (id: OperationId): readonly [string, ApiRoute] => [
  PROTOCOLS[id].path,
  { pipeline: 'operation', operation: id, protocol: PROTOCOLS[id] },
];

/** The operations, below `/v1`; all of them POST. */
const OPERATIONS: ReadonlyMap<string, ApiRoute> = new Map([
  operation('chat.completions'),
  operation('responses'),
  operation('embeddings'),
  operation('completions'),
]);

/** The other routes that the proxy understands, below `/v1`; the first that fits is taken. */
const ROWS: readonly Row[] = [
  stored('GET', `/responses/${ID}`, 'responses.retrieve'),
  stored('DELETE', `/responses/${ID}`, 'responses.delete'),
  stored('POST', `/responses/${ID}/cancel`, 'responses.cancel'),
  stored('GET', `/responses/${ID}/input_items`, 'responses.input_items'),
  listing(/^\/models$/),
  listing(/^\/models\/(.+)$/),
];

const PASSTHROUGH: ApiRoute = {
  pipeline: 'passthrough',
  operation: 'passthrough',
  protocol: PROTOCOLS['chat.completions'],
};

/** First path segments of the API that are passed through also without the `/v1` prefix. */
const API_SEGMENTS = new Set([
  'assistants',
  'audio',
  'batches',
  'chat',
  'chatkit',
  'completions',
  'containers',
  'conversations',
  'embeddings',
  'evals',
  'files',
  'fine_tuning',
  'images',
  'models',
  'moderations',
  'organization',
  'projects',
  'realtime',
  'responses',
  'skills',
  'threads',
  'uploads',
  'vector_stores',
  'videos',
]);

const VERSION_PREFIX = '/v1';

/** The path below `/v1`, whether the client wrote the prefix or not. */
export function belowVersion(path: string): string {
  return path.startsWith(`${VERSION_PREFIX}/`) ? path.slice(VERSION_PREFIX.length) : path;
}

export function findRoute(method: string, path: string): Route {
  const below = belowVersion(path);
  const found = method === 'POST' ? OPERATIONS.get(below) : undefined;
  if (found) return found;
  for (const { pattern, ...row } of ROWS) {
    const match = row.method === method ? pattern.exec(below) : null;
    if (!match) continue;
    const [, segment] = match;
    return segment === undefined ? row : { ...row, subject: decodeSegment(segment) };
  }
  const segment = below.split('/', 2)[1] ?? '';
  return below !== path || API_SEGMENTS.has(segment) ? PASSTHROUGH : { pipeline: 'control-plane' };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
