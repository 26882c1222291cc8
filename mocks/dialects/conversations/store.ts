import { listedItems } from '../responses/input.ts';
import { itemIds } from '../responses/ids.ts';
import type { DialectContext, JsonReply, StoredObject } from '../reply.ts';
import { notFound, unixSeconds } from '../stored-object.ts';
import type { Body } from '../validate.ts';

export const CONVERSATIONS = '/v1/conversations';

/** Where the items of a conversation are kept. */
export function itemsOf(id: string): string {
  return `${CONVERSATIONS}/${id}/items`;
}

export function conversationNotFound(id: string, context: DialectContext): JsonReply {
  return notFound(context, `Conversation with id '${id}' not found.`);
}

export function startConversation(id: string, metadata: Body, context: DialectContext): StoredObject {
  const body = { id, object: 'conversation', created_at: unixSeconds(context), metadata };
  const conversation: StoredObject = { id, body, hidden: {} };
  context.objects.put(CONVERSATIONS, conversation);
  return conversation;
}

/** The conversation of this id; invented when the server is lenient about ids. */
export function conversationOf(id: string, context: DialectContext): StoredObject | undefined {
  const known = context.objects.get(CONVERSATIONS, id);
  if (known !== undefined || !context.lenientIds || id === '') return known;
  return startConversation(id, {}, context);
}

/** Appends items as a request gives them, with ids where they have none; returns them as they are listed. */
export function appendItems(conversation: string, items: readonly Body[], context: DialectContext): readonly Body[] {
  const ids = itemIds(context.random, unixSeconds(context));
  const listed = listedItems(items, ids).map((text) => JSON.parse(text) as Body);
  for (const body of listed) {
    context.objects.put(itemsOf(conversation), { id: String(body['id']), body, hidden: {} });
  }
  return listed;
}
