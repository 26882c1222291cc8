import { asText } from '../content.ts';
import type { DialectContext, JsonReply, ObjectStore } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import { blockJson } from './blocks.ts';
import { messagesErrorReply, refusal } from './errors.ts';
import type { MessageFrame } from './message.ts';

/** Conversations that are kept here, each under the id of its last answer. */
const THREADS = 'anthropic/threads';
/** Fields of the request that began the conversation; those that continue it must not repeat them. */
const CREATE_ONLY = ['system', 'tools'] as const;

type Threaded = { readonly body: unknown } | { readonly refused: JsonReply };

function threadOf(body: Body): Body | undefined {
  return isBody(body['thread']) ? body['thread'] : undefined;
}

function lost(id: string, context: DialectContext): JsonReply {
  const error = {
    message: `thread: no thread is stored under ${id}`,
    type: 'not_found_error',
    param: null,
    code: null,
  };
  return messagesErrorReply(404, { ...error, details: { error_code: 'thread_not_found' } }, context);
}

/** The body with the conversation that it continues before its own messages. */
export function threaded(body: unknown, context: DialectContext): Threaded {
  const thread = isBody(body) ? threadOf(body) : undefined;
  if (!isBody(body) || thread?.['type'] !== 'continue') return { body };
  const repeated = CREATE_ONLY.find((name) => body[name] !== undefined);
  if (repeated !== undefined)
    return { refused: refusal(context, `${repeated}: cannot be set when continuing a thread`) };
  const id = asText(thread['previous_message_id']);
  if (context.objects.get(THREADS, id) === undefined && !context.lenientIds) return { refused: lost(id, context) };
  return { body: withThread(body, context.objects) };
}

/** The same without a judgement: as it is where it continues nothing that is kept. */
export function withThread(body: unknown, objects: Pick<ObjectStore, 'get'>): unknown {
  const thread = isBody(body) ? threadOf(body) : undefined;
  if (!isBody(body) || thread?.['type'] !== 'continue') return body;
  const kept = objects.get(THREADS, asText(thread['previous_message_id']));
  if (kept === undefined) return body;
  const before = kept.hidden['messages'] as readonly unknown[];
  const now: readonly unknown[] = Array.isArray(body['messages']) ? body['messages'] : [];
  const { system, tools } = kept.hidden;
  return {
    ...body,
    messages: [...before, ...now],
    ...(system !== undefined && { system }),
    ...(tools !== undefined && { tools }),
  };
}

/** Keeps the conversation for the request that continues it. `body`: with what came before. */
export function keepThread(body: Body, { id, blocks }: MessageFrame, context: DialectContext): void {
  if (threadOf(body) === undefined || !Array.isArray(body['messages'])) return;
  const content = blocks.map((block) => JSON.parse(blockJson(block)) as unknown);
  const messages: readonly unknown[] = [...(body['messages'] as readonly unknown[]), { role: 'assistant', content }];
  const { system, tools } = body;
  context.objects.put(THREADS, { id, body: { id }, hidden: { messages, system, tools } });
}
