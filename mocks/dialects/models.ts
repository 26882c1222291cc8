import known from './known-models.json' with { type: 'json' };
import { unknownModel } from './errors.ts';
import { successHeaders } from './headers.ts';
import { pretty, quote } from './json.ts';
import type { DialectContext, DialectRequest, JsonReply, Operation, Reply } from './reply.ts';

/** Unix seconds at which the provider announced a model; what is not here gets the last one. */
const CREATED: Readonly<Record<string, number>> = {
  'gpt-3.5-turbo': 1677610602,
  'gpt-4': 1687882411,
  'gpt-4o': 1715367049,
  'gpt-4o-mini': 1721172741,
  'gpt-4.1': 1744316542,
  'gpt-4.1-mini': 1744318173,
  'gpt-5': 1754425777,
  'gpt-5-mini': 1754425928,
  'gpt-5-nano': 1754426384,
  'text-embedding-3-small': 1705948997,
  'text-embedding-3-large': 1705953180,
  'text-embedding-ada-002': 1671217299,
  'gpt-3.5-turbo-instruct': 1692901427,
};
const CREATED_OTHERWISE = 1754425777;
/** What the types of the official package name. */
const LISTED: readonly string[] = known;

/** The day in a dated name is when the model was announced, or near it. */
function createdAt(id: string): number {
  const day = /-(\d{4}-\d{2}-\d{2})$/.exec(id)?.[1];
  const dated = day === undefined ? Number.NaN : Date.parse(`${day}T00:00:00Z`);
  return CREATED[id] ?? (Number.isNaN(dated) ? CREATED_OTHERWISE : dated / 1000);
}

function modelJson(id: string): string {
  const owner = /^(?:gpt-3\.5-turbo|gpt-4)$/.test(id) ? 'openai' : 'system';
  return `{"id":${quote(id)},"object":"model","created":${createdAt(id)},"owned_by":"${owner}"}`;
}

function ok(compact: string, context: DialectContext): JsonReply {
  const headers = successHeaders(context, 'application/json');
  return { kind: 'json', status: 200, headers, body: `${pretty(compact)}\n`, tokens: 0 };
}

function list(_request: DialectRequest, context: DialectContext): Reply {
  const ids = context.models ?? LISTED;
  return ok(`{"object":"list","data":[${ids.map(modelJson).join(',')}]}`, context);
}

function retrieve(request: DialectRequest, context: DialectContext): Reply {
  const model = request.params['id'] ?? '';
  if (context.models !== undefined && !context.models.includes(model)) return unknownModel(model, context, 'chat');
  return ok(modelJson(model), context);
}

export const modelOperations: readonly Operation[] = [
  { id: 'models.list', method: 'GET', path: '/v1/models', handle: list },
  { id: 'models.retrieve', method: 'GET', path: '/v1/models/{id}', handle: retrieve },
];
