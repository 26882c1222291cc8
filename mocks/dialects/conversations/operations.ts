import { tooMany } from '../../refusals/sentences.ts';
import { answerJson, answerText } from '../answer.ts';
import { objectsIn } from '../content.ts';
import { missingField, refuse } from '../errors.ts';
import { json } from '../json.ts';
import { idOf, listReply, metadataOf, notFound, refusedMetadata } from '../stored-object.ts';
import { listJson } from '../listing.ts';
import type { DialectContext, DialectRequest, JsonReply, Operation, Reply, StoredObject } from '../reply.ts';
import { refusedInclude } from '../responses/included.ts';
import type { Body } from '../validate.ts';
import { isBody, wrongType } from '../validate.ts';
import {
  appendItems,
  CONVERSATIONS,
  conversationNotFound,
  conversationOf,
  itemsOf,
  startConversation,
} from './store.ts';

/** Items that one request may add. */
const ITEMS_MOST = 20;

type Handler = (conversation: StoredObject, request: DialectRequest, context: DialectContext) => Reply;

function onConversation(handler: Handler): Operation['handle'] {
  return (request, context) => {
    const id = request.params['conversation_id'] ?? '';
    const conversation = conversationOf(id, context);
    return conversation ? handler(conversation, request, context) : conversationNotFound(id, context);
  };
}

function fieldsOf(request: DialectRequest): Body {
  return isBody(request.body) ? request.body : {};
}

function refusedItems(items: unknown, context: DialectContext): JsonReply | undefined {
  if (items === undefined || items === null) return undefined;
  if (!Array.isArray(items)) return wrongType(context, 'items', 'an array of objects', items);
  const wrong = items.findIndex((item) => !isBody(item));
  if (wrong >= 0) return wrongType(context, `items[${wrong}]`, 'an object', items[wrong]);
  if (items.length <= ITEMS_MOST) return undefined;
  return refuse(context, tooMany({ thing: 'array', path: 'items', size: items.length }, ITEMS_MOST));
}

function create(request: DialectRequest, context: DialectContext): Reply {
  const body = fieldsOf(request);
  const refused = refusedMetadata(body, context) ?? refusedItems(body['items'], context);
  if (refused) return refused;
  const conversation = startConversation(`conv_${context.random.hex(48)}`, metadataOf(body), context);
  appendItems(conversation.id, objectsIn(body['items']), context);
  return answerJson(context, conversation.body);
}

function update(conversation: StoredObject, request: DialectRequest, context: DialectContext): Reply {
  const body = fieldsOf(request);
  if (body['metadata'] === undefined) return missingField(context, 'metadata');
  const refused = refusedMetadata(body, context);
  if (refused) return refused;
  const changed = { ...conversation.body, metadata: metadataOf(body) };
  context.objects.put(CONVERSATIONS, { ...conversation, body: changed });
  return answerJson(context, changed);
}

function remove({ id }: StoredObject, _request: DialectRequest, context: DialectContext): Reply {
  context.objects.delete(CONVERSATIONS, id);
  context.objects.drop(`${CONVERSATIONS}/${id}`);
  return answerJson(context, { id, object: 'conversation.deleted', deleted: true });
}

function addItems({ id }: StoredObject, request: DialectRequest, context: DialectContext): Reply {
  const { items } = fieldsOf(request);
  if (items === undefined || items === null) return missingField(context, 'items');
  const refused = refusedItems(items, context);
  if (refused) return refused;
  const added = appendItems(id, objectsIn(items), context);
  return answerText(context, listJson(added.map(json), added.map(idOf), false));
}

function listItems({ id }: StoredObject, request: DialectRequest, context: DialectContext): Reply {
  const refused = refusedInclude(request.query, context);
  if (refused) return refused;
  const items = context.objects.all(itemsOf(id)).map(({ body }) => body);
  return listReply(context, request.query, items);
}

function onItem(handler: (item: StoredObject, conversation: StoredObject, context: DialectContext) => Reply): Handler {
  return (conversation, request, context) => {
    const id = request.params['item_id'] ?? '';
    const known = context.objects.get(itemsOf(conversation.id), id);
    const invented = { id, role: 'user', content: 'Hello' };
    if (!known && context.lenientIds) appendItems(conversation.id, [invented], context);
    const item = known ?? context.objects.get(itemsOf(conversation.id), id);
    if (item) return handler(item, conversation, context);
    return notFound(context, `Item with id '${id}' not found in conversation with id '${conversation.id}'.`);
  };
}

function removeItem(item: StoredObject, conversation: StoredObject, context: DialectContext): Reply {
  context.objects.delete(itemsOf(conversation.id), item.id);
  return answerJson(context, conversation.body);
}

const show: Handler = (conversation, _request, context) => answerJson(context, conversation.body);

const ONE = `${CONVERSATIONS}/{conversation_id}`;
const ITEMS = `${ONE}/items`;
const ITEM = `${ITEMS}/{item_id}`;

/** Conversations and their items. */
export const conversationOperations: readonly Operation[] = [
  { id: 'conversations.create', method: 'POST', path: CONVERSATIONS, handle: create },
  { id: 'conversations.retrieve', method: 'GET', path: ONE, handle: onConversation(show) },
  { id: 'conversations.update', method: 'POST', path: ONE, handle: onConversation(update) },
  { id: 'conversations.delete', method: 'DELETE', path: ONE, handle: onConversation(remove) },
  { id: 'conversations.items.create', method: 'POST', path: ITEMS, handle: onConversation(addItems) },
  { id: 'conversations.items.list', method: 'GET', path: ITEMS, handle: onConversation(listItems) },
  {
    id: 'conversations.items.retrieve',
    method: 'GET',
    path: ITEM,
    handle: onConversation(onItem((item, _conversation, context) => answerJson(context, item.body))),
  },
  { id: 'conversations.items.delete', method: 'DELETE', path: ITEM, handle: onConversation(onItem(removeItem)) },
];
