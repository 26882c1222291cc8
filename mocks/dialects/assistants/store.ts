import { notFound } from '../stored-object.ts';
import type { DialectContext, DialectRequest, JsonReply, Operation, Reply, StoredObject } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';

export const ASSISTANTS = '/v1/assistants';
export const THREADS = '/v1/threads';

export function messagesOf(thread: string): string {
  return `${THREADS}/${thread}/messages`;
}

export function runsOf(thread: string): string {
  return `${THREADS}/${thread}/runs`;
}

export function stepsOf(thread: string, run: string): string {
  return `${runsOf(thread)}/${run}/steps`;
}

/** `No thread found with id 'thread_1'.` */
export function noneFound(kind: string, id: string, context: DialectContext): JsonReply {
  return notFound(context, `No ${kind} found with id '${id}'.`);
}

export function fieldsOf(request: DialectRequest): Body {
  return isBody(request.body) ? request.body : {};
}

export function textOf(object: StoredObject, field: string): string {
  return String(object.body[field]);
}

/** Replaces some fields of a kept object. */
export function change(collection: string, object: StoredObject, fields: Body, context: DialectContext): StoredObject {
  const changed = { ...object, body: { ...object.body, ...fields } };
  context.objects.put(collection, changed);
  return changed;
}

export type ThreadHandler = (thread: StoredObject, request: DialectRequest, context: DialectContext) => Reply;

/** The thread of this id; invented when the server is lenient about ids. */
export function threadOf(id: string, context: DialectContext): StoredObject | undefined {
  const known = context.objects.get(THREADS, id);
  if (known !== undefined || !context.lenientIds || id === '') return known;
  return keepThread(id, {}, context);
}

export function keepThread(id: string, asked: Body, context: DialectContext): StoredObject {
  const body = {
    id,
    object: 'thread',
    created_at: Math.floor(context.now() / 1000),
    metadata: isBody(asked['metadata']) ? asked['metadata'] : {},
    tool_resources: shownResources(asked['tool_resources']),
  };
  const thread: StoredObject = { id, body, hidden: {} };
  context.objects.put(THREADS, thread);
  return thread;
}

/** `vector_stores` of a request are made on the fly and not shown. */
export function shownResources(resources: unknown): Body {
  if (!isBody(resources)) return {};
  const search = resources['file_search'];
  if (!isBody(search)) return resources;
  const { vector_stores: _made, ...shown } = search;
  return { ...resources, file_search: shown };
}

/** Runs the handler on the thread that `{thread_id}` names, or answers 404. */
export function onThread(handler: ThreadHandler): Operation['handle'] {
  return (request, context) => {
    const id = request.params['thread_id'] ?? '';
    const thread = threadOf(id, context);
    return thread ? handler(thread, request, context) : noneFound('thread', id, context);
  };
}
