import { chatCompletions } from '../chat/operation.ts';
import { asText, objectsIn } from '../content.ts';
import { metadataOf, plainRequest } from '../stored-object.ts';
import type { DialectContext, DialectRequest, Operation, Reply, StoredObject, StreamEvent } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import { ChatAssembler } from './assemble.ts';

export const CHATS = '/v1/chat/completions';

function keptMessage(message: Body, id: string): Body {
  const { content } = message;
  return {
    id,
    role: message['role'],
    content: Array.isArray(content) ? null : (content ?? null),
    name: message['name'] ?? null,
    content_parts: Array.isArray(content) ? content : null,
    ...(message['tool_calls'] === undefined ? {} : { tool_calls: message['tool_calls'] }),
    refusal: message['refusal'] ?? null,
  };
}

/** The completion as lists show it: with what the request said, in the provider's order. */
function keptCompletion(completion: Body, asked: Body, requestId: string, context: DialectContext): Body {
  return {
    id: completion['id'],
    object: 'chat.completion',
    model: completion['model'],
    created: completion['created'],
    request_id: requestId,
    tool_choice: asked['tool_choice'] ?? null,
    ...(completion['usage'] === undefined ? {} : { usage: completion['usage'] }),
    seed: asked['seed'] ?? Math.floor(context.random.next() * 2 ** 32),
    top_p: asked['top_p'] ?? 1,
    temperature: asked['temperature'] ?? 1,
    presence_penalty: asked['presence_penalty'] ?? 0,
    frequency_penalty: asked['frequency_penalty'] ?? 0,
    system_fingerprint: completion['system_fingerprint'],
    input_user: asked['user'] ?? null,
    service_tier: completion['service_tier'],
    tools: asked['tools'] ?? null,
    metadata: metadataOf(asked),
    choices: completion['choices'],
    response_format: asked['response_format'] ?? null,
  };
}

function keep(completion: Body, asked: Body, requestId: string, context: DialectContext): StoredObject {
  const id = asText(completion['id']);
  const messages = objectsIn(asked['messages']).map((message, at) => keptMessage(message, `${id}-${at}`));
  const body = keptCompletion(completion, asked, requestId, context);
  const kept: StoredObject = { id, body, hidden: { messages, model: asked['model'] } };
  context.objects.put(CHATS, kept);
  return kept;
}

/** The completion of this id; invented when the server is lenient about ids. */
export function keptChat(id: string, context: DialectContext): StoredObject | undefined {
  const known = context.objects.get(CHATS, id);
  if (known !== undefined || !context.lenientIds || id === '') return known;
  const asked = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hello' }] };
  const reply = chatCompletions.handle(plainRequest(chatCompletions, asked), context);
  if (reply.kind !== 'json' || reply.status !== 200) return undefined;
  return keep({ ...(JSON.parse(reply.body) as Body), id }, asked, `req_${context.random.hex(32)}`, context);
}

function* watched(events: Iterable<StreamEvent>, seen: (completion: Body) => void): Generator<StreamEvent> {
  const assembler = new ChatAssembler();
  for (const event of events) {
    assembler.add(event.bytes);
    if (event.bytes.startsWith('data: [DONE]')) {
      const completion = assembler.completion();
      if (completion !== undefined) seen(completion);
    }
    yield event;
  }
}

/** Has the chat operation keep what requests with `store: true` were answered; a stream is kept when it has come to its end. */
export function keepingChats(chat: Operation): Operation {
  const handle = (request: DialectRequest, context: DialectContext): Reply => {
    const reply = chat.handle(request, context);
    const { body } = request;
    if (!isBody(body) || body['store'] !== true || reply.status !== 200 || reply.kind === 'binary') return reply;
    const requestId = reply.headers.find(([name]) => name === 'x-request-id')?.[1] ?? '';
    const seen = (completion: Body): void => void keep(completion, body, requestId, context);
    if (reply.kind === 'stream') return { ...reply, events: watched(reply.events, seen) };
    seen(JSON.parse(reply.body) as Body);
    return reply;
  };
  return { ...chat, handle };
}
