import { exclusive } from '../../refusals/sentences.ts';
import { objectsIn } from '../content.ts';
import { refuse } from '../errors.ts';
import type { DialectContext, DialectRequest, Operation, Reply, StreamEvent } from '../reply.ts';
import { inputItems } from '../responses/input.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import { appendItems, conversationNotFound, conversationOf, itemsOf } from './store.ts';

const BOTH = exclusive('previous_response_id', 'conversation');

function conversationId(body: Body): string | undefined {
  const { conversation } = body;
  const id = isBody(conversation) ? conversation['id'] : conversation;
  return typeof id === 'string' ? id : undefined;
}

function outputIn(data: string): readonly Body[] {
  const value: unknown = JSON.parse(data);
  const response = isBody(value) && isBody(value['response']) ? value['response'] : value;
  return isBody(response) ? objectsIn(response['output']) : [];
}

const TERMINAL = /^event: response\.(?:completed|incomplete)\ndata: (.*)\n/;

function* watched(events: Iterable<StreamEvent>, seen: (output: readonly Body[]) => void): Generator<StreamEvent> {
  for (const event of events) {
    const final = TERMINAL.exec(event.bytes)?.[1];
    if (final !== undefined) seen(outputIn(final));
    yield event;
  }
}

/** What a response made in the background will say. */
function laterOutput(answer: string, context: DialectContext): readonly Body[] {
  const id = (JSON.parse(answer) as { id: string }).id;
  const later = context.state.get(id)?.later;
  return outputIn(later?.body ?? answer);
}

/** The reply, with input and output appended to the conversation once the answer is whole. */
function appending(reply: Reply, id: string, input: readonly Body[], context: DialectContext): Reply {
  const append = (output: readonly Body[]): void => void appendItems(id, [...input, ...output], context);
  if (reply.kind === 'stream') return { ...reply, events: watched(reply.events, append) };
  if (reply.kind === 'json') append(laterOutput(reply.body, context));
  return reply;
}

/** Has the create operation put a conversation's items before the input, and append input and output to it. */
export function carryingConversations(create: Operation): Operation {
  const handle = (request: DialectRequest, context: DialectContext): Reply => {
    const { body } = request;
    if (!isBody(body) || body['conversation'] === undefined || body['conversation'] === null) {
      return create.handle(request, context);
    }
    if (typeof body['previous_response_id'] === 'string') {
      return refuse(context, BOTH);
    }
    const id = conversationId(body) ?? '';
    if (!conversationOf(id, context)) return conversationNotFound(id, context);
    const asked = body['input'] ?? [];
    // A wrong input is refused as it is.
    if (typeof asked !== 'string' && !(Array.isArray(asked) && asked.every(isBody)))
      return create.handle(request, context);
    const input = inputItems(asked);
    const history = context.objects.all(itemsOf(id)).map((item) => item.body);
    const carried = { ...body, input: [...history, ...input] };
    const reply = create.handle({ ...request, body: carried }, context);
    return reply.status === 200 ? appending(reply, id, input, context) : reply;
  };
  return { ...create, handle };
}
