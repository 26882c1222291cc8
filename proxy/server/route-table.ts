import type { OperationId } from '../protocols/types.ts';

/** Where a request goes. */
export type Route =
  | { readonly kind: 'pipeline'; readonly operation: OperationId }
  | { readonly kind: 'models'; readonly id?: string }
  | { readonly kind: 'owned'; readonly operation: OwnedOperation; readonly id: string }
  | { readonly kind: 'passthrough' }
  | { readonly kind: 'admin' };

/** Operations on a response that already exists: they go to the endpoint that owns its id. */
export type OwnedOperation = 'responses.retrieve' | 'responses.delete' | 'responses.cancel' | 'responses.input_items';

interface Row {
  readonly method: string;
  readonly pattern: RegExp;
  readonly route: (id: string) => Route;
}

const ID = '([^/]+)';
const owned = (method: string, path: string, operation: OwnedOperation): Row => ({
  method,
  pattern: new RegExp(`^${path}$`),
  route: (id) => ({ kind: 'owned', operation, id }),
});

const pipeline = (operation: OperationId): Route => ({ kind: 'pipeline', operation });

/** The routes that run through the pipeline, below `/v1`; all of them POST. */
const OPERATIONS: ReadonlyMap<string, Route> = new Map([
  ['/chat/completions', pipeline('chat.completions')],
  ['/responses', pipeline('responses')],
  ['/embeddings', pipeline('embeddings')],
  ['/completions', pipeline('completions')],
]);

/** The other routes that the proxy understands, below `/v1`; the first that fits is taken. */
const ROWS: readonly Row[] = [
  owned('GET', `/responses/${ID}`, 'responses.retrieve'),
  owned('DELETE', `/responses/${ID}`, 'responses.delete'),
  owned('POST', `/responses/${ID}/cancel`, 'responses.cancel'),
  owned('GET', `/responses/${ID}/input_items`, 'responses.input_items'),
  { method: 'GET', pattern: /^\/models$/, route: () => ({ kind: 'models' }) },
  { method: 'GET', pattern: /^\/models\/(.+)$/, route: (id) => ({ kind: 'models', id }) },
];

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
  const operation = method === 'POST' ? OPERATIONS.get(below) : undefined;
  if (operation) return operation;
  for (const row of ROWS) {
    const match = row.method === method ? row.pattern.exec(below) : null;
    if (match) return row.route(decodeSegment(match[1] ?? ''));
  }
  const segment = below.split('/', 2)[1] ?? '';
  return below !== path || API_SEGMENTS.has(segment) ? { kind: 'passthrough' } : { kind: 'admin' };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
