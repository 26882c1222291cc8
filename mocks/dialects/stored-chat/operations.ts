import { answerJson } from '../answer.ts';
import { objectsIn } from '../content.ts';
import { missingField } from '../errors.ts';
import { listReply, notFound, refusedMetadata } from '../stored-object.ts';
import type { DialectContext, DialectRequest, JsonReply, Operation, Reply, StoredObject } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import { CHATS, keptChat } from './keep.ts';

type Handler = (stored: StoredObject, request: DialectRequest, context: DialectContext) => Reply;

function onStored(handler: Handler): Operation['handle'] {
  return (request, context) => {
    const id = request.params['completion_id'] ?? '';
    const stored = keptChat(id, context);
    return stored ? handler(stored, request, context) : notFound(context, `Chat completion with id '${id}' not found.`);
  };
}

/** `metadata[key]=value` of the query. */
function metadataFilter(query: URLSearchParams): readonly (readonly [string, string])[] {
  return [...query].flatMap(([name, value]) => {
    const key = /^metadata\[(.+)\]$/.exec(name)?.[1];
    return key === undefined ? [] : [[key, value] as const];
  });
}

function list(request: DialectRequest, context: DialectContext): Reply {
  const { query } = request;
  const model = query.get('model');
  const metadata = metadataFilter(query);
  const fits = ({ body, hidden }: StoredObject): boolean => {
    if (model !== null && body['model'] !== model && hidden['model'] !== model) return false;
    const there = isBody(body['metadata']) ? body['metadata'] : {};
    return metadata.every(([key, value]) => there[key] === value);
  };
  const bodies = context.objects
    .all(CHATS)
    .filter(fits)
    .map(({ body }) => body);
  return listReply(context, query, bodies, { order: 'asc' });
}

function update(stored: StoredObject, request: DialectRequest, context: DialectContext): JsonReply {
  const asked: Body = isBody(request.body) ? request.body : {};
  if (asked['metadata'] === undefined) return missingField(context, 'metadata');
  const refused = refusedMetadata(asked, context);
  if (refused) return refused;
  const body = { ...stored.body, metadata: asked['metadata'] ?? {} };
  context.objects.put(CHATS, { ...stored, body });
  return answerJson(context, body);
}

function remove(stored: StoredObject, _request: DialectRequest, context: DialectContext): JsonReply {
  context.objects.delete(CHATS, stored.id);
  return answerJson(context, { object: 'chat.completion.deleted', id: stored.id, deleted: true });
}

function messages(stored: StoredObject, request: DialectRequest, context: DialectContext): JsonReply {
  return listReply(context, request.query, objectsIn(stored.hidden['messages']), { order: 'asc' });
}

const ONE = `${CHATS}/{completion_id}`;

/** What can be done with completions that were created with `store: true`. */
export const storedChatOperations: readonly Operation[] = [
  { id: 'chat.completions.list', method: 'GET', path: CHATS, handle: list },
  {
    id: 'chat.completions.retrieve',
    method: 'GET',
    path: ONE,
    handle: onStored((stored, _request, context) => answerJson(context, stored.body)),
  },
  { id: 'chat.completions.update', method: 'POST', path: ONE, handle: onStored(update) },
  { id: 'chat.completions.delete', method: 'DELETE', path: ONE, handle: onStored(remove) },
  { id: 'chat.completions.messages', method: 'GET', path: `${ONE}/messages`, handle: onStored(messages) },
];
