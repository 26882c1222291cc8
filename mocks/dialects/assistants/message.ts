import { unsupportedChoice } from '../../refusals/sentences.ts';
import { objectsIn } from '../content.ts';
import { missingField, refuse } from '../errors.ts';
import { metadataOf, refusedMetadata, unixSeconds } from '../stored-object.ts';
import type { DialectContext, JsonReply, StoredObject } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody, wrongType } from '../validate.ts';
import { messagesOf } from './store.ts';

/** The provider's error for a message that is wrong; `at` is its place in the request, e.g. `messages[0].`. */
export function refusedMessage(message: unknown, at: string, context: DialectContext): JsonReply | undefined {
  if (!isBody(message)) return wrongType(context, at.slice(0, -1), 'an object', message);
  const { role, content } = message;
  if (role === undefined) return missingField(context, `${at}role`);
  if (role !== 'user' && role !== 'assistant') {
    return refuse(context, unsupportedChoice(`${at}role`, role, ['user', 'assistant']));
  }
  if (content === undefined || content === null) return missingField(context, `${at}content`);
  if (typeof content !== 'string' && !Array.isArray(content)) {
    return wrongType(context, `${at}content`, 'one of a string or array of objects', content);
  }
  return refusedMetadata(message, context);
}

export function refusedMessages(messages: unknown, field: string, context: DialectContext): JsonReply | undefined {
  if (messages === undefined || messages === null) return undefined;
  if (!Array.isArray(messages)) return wrongType(context, field, 'an array of objects', messages);
  for (const [at, message] of messages.entries()) {
    const refused = refusedMessage(message, `${field}[${at}].`, context);
    if (refused) return refused;
  }
  return undefined;
}

export function textPart(value: string, annotations: readonly Body[] = []): Body {
  return { type: 'text', text: { value, annotations } };
}

function shownPart(part: Body): Body {
  const { type } = part;
  if (type === 'text') return textPart(typeof part['text'] === 'string' ? part['text'] : '');
  const image = part[String(type)];
  return isBody(image) ? { type, [String(type)]: { ...image, detail: image['detail'] ?? 'auto' } } : part;
}

export interface MessageFields {
  /** Default: a new one. */
  readonly id?: string | undefined;
  readonly role: unknown;
  readonly content: readonly Body[];
  readonly assistant?: string;
  readonly run?: string;
  readonly status?: 'in_progress' | 'completed' | 'incomplete';
}

/** A message as it is shown. */
export function messageBody(thread: string, fields: MessageFields, asked: Body, context: DialectContext): Body {
  const { status = 'completed' } = fields;
  const now = unixSeconds(context);
  return {
    id: fields.id ?? `msg_${context.random.alnum(24)}`,
    object: 'thread.message',
    created_at: now,
    assistant_id: fields.assistant ?? null,
    thread_id: thread,
    run_id: fields.run ?? null,
    status,
    incomplete_details: null,
    incomplete_at: null,
    completed_at: status === 'completed' ? now : null,
    role: fields.role,
    content: fields.content,
    attachments: objectsIn(asked['attachments']),
    metadata: metadataOf(asked),
  };
}

/** Adds a message that a request gives (already checked); `id` is given when one is invented. */
export function addMessage(thread: string, asked: Body, context: DialectContext, id?: string): StoredObject {
  const content =
    typeof asked['content'] === 'string' ? [textPart(asked['content'])] : objectsIn(asked['content']).map(shownPart);
  const body = messageBody(thread, { id, role: asked['role'], content }, asked, context);
  const message: StoredObject = { id: String(body['id']), body, hidden: {} };
  context.objects.put(messagesOf(thread), message);
  return message;
}
