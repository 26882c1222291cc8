import { answerJson } from '../answer.ts';
import { objectsIn } from '../content.ts';
import { badRequest } from '../errors.ts';
import { listReply, merged, refusedMetadata } from '../stored-object.ts';
import type { DialectContext, DialectRequest, JsonReply, Operation, Reply, StoredObject } from '../reply.ts';
import type { Body } from '../validate.ts';
import { addMessage, refusedMessage, refusedMessages } from './message.ts';
import { activeRun, settledRuns } from './progress.ts';
import type { ThreadHandler } from './store.ts';
import { change, fieldsOf, keepThread, messagesOf, noneFound, onThread, shownResources, THREADS } from './store.ts';

export function refusedThread(asked: Body, field: string, context: DialectContext): JsonReply | undefined {
  return refusedMessages(asked['messages'], `${field}messages`, context) ?? refusedMetadata(asked, context);
}

/** Makes a thread of a request that was checked. */
export function startThread(asked: Body, context: DialectContext): StoredObject {
  const thread = keepThread(`thread_${context.random.alnum(24)}`, asked, context);
  for (const message of objectsIn(asked['messages'])) addMessage(thread.id, message, context);
  return thread;
}

function create(request: DialectRequest, context: DialectContext): Reply {
  const asked = fieldsOf(request);
  return refusedThread(asked, '', context) ?? answerJson(context, startThread(asked, context).body);
}

function modify(thread: StoredObject, request: DialectRequest, context: DialectContext): Reply {
  const asked = fieldsOf(request);
  const refused = refusedMetadata(asked, context);
  if (refused) return refused;
  const resources =
    asked['tool_resources'] === undefined ? {} : { tool_resources: shownResources(asked['tool_resources']) };
  return answerJson(
    context,
    change(THREADS, thread, { ...merged({}, asked, ['metadata']), ...resources }, context).body,
  );
}

function remove({ id }: StoredObject, _request: DialectRequest, context: DialectContext): Reply {
  context.objects.delete(THREADS, id);
  context.objects.drop(`${THREADS}/${id}`);
  return answerJson(context, { id, object: 'thread.deleted', deleted: true });
}

function createMessage({ id }: StoredObject, request: DialectRequest, context: DialectContext): Reply {
  const asked = fieldsOf(request);
  const refused = refusedMessage(asked, '', context);
  if (refused) return refused;
  const run = activeRun(id, context);
  if (run) return badRequest(context, `Can't add messages to ${id} while a run ${run.id} is active.`);
  return answerJson(context, addMessage(id, asked, context).body);
}

function listMessages({ id }: StoredObject, request: DialectRequest, context: DialectContext): Reply {
  settledRuns(id, context);
  const run = request.query.get('run_id');
  const bodies = context.objects.all(messagesOf(id)).map(({ body }) => body);
  return listReply(context, request.query, run === null ? bodies : bodies.filter((body) => body['run_id'] === run));
}

type MessageHandler = (message: StoredObject, request: DialectRequest, context: DialectContext) => Reply;

function onMessage(handler: MessageHandler): Operation['handle'] {
  return onThread((thread, request, context) => {
    settledRuns(thread.id, context);
    const id = request.params['message_id'] ?? '';
    const known = context.objects.get(messagesOf(thread.id), id);
    if (!known && !context.lenientIds) return noneFound('message', id, context);
    const message = known ?? addMessage(thread.id, { role: 'user', content: 'Hello' }, context, id);
    return handler(message, request, context);
  });
}

function modifyMessage(message: StoredObject, request: DialectRequest, context: DialectContext): Reply {
  const asked = fieldsOf(request);
  const refused = refusedMetadata(asked, context);
  if (refused) return refused;
  const place = messagesOf(String(message.body['thread_id']));
  return answerJson(context, change(place, message, merged({}, asked, ['metadata']), context).body);
}

function removeMessage({ id, body }: StoredObject, _request: DialectRequest, context: DialectContext): Reply {
  context.objects.delete(messagesOf(String(body['thread_id'])), id);
  return answerJson(context, { id, object: 'thread.message.deleted', deleted: true });
}

const show: ThreadHandler = ({ body }, _request, context) => answerJson(context, body);
const ONE = `${THREADS}/{thread_id}`;
const MESSAGES = `${ONE}/messages`;
const MESSAGE = `${MESSAGES}/{message_id}`;

/** Threads and their messages. */
export const threadOperations: readonly Operation[] = [
  { id: 'threads.create', method: 'POST', path: THREADS, handle: create },
  { id: 'threads.retrieve', method: 'GET', path: ONE, handle: onThread(show) },
  { id: 'threads.update', method: 'POST', path: ONE, handle: onThread(modify) },
  { id: 'threads.delete', method: 'DELETE', path: ONE, handle: onThread(remove) },
  { id: 'threads.messages.create', method: 'POST', path: MESSAGES, handle: onThread(createMessage) },
  { id: 'threads.messages.list', method: 'GET', path: MESSAGES, handle: onThread(listMessages) },
  { id: 'threads.messages.retrieve', method: 'GET', path: MESSAGE, handle: onMessage(show) },
  { id: 'threads.messages.update', method: 'POST', path: MESSAGE, handle: onMessage(modifyMessage) },
  { id: 'threads.messages.delete', method: 'DELETE', path: MESSAGE, handle: onMessage(removeMessage) },
];
