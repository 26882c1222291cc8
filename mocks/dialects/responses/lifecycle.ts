import { wrongType } from '../../refusals/sentences.ts';
import { answerText as ok } from '../answer.ts';
import { badRequest, refuse } from '../errors.ts';
import { successHeaders } from '../headers.ts';
import { quote } from '../json.ts';
import { listReply, notFound, plainRequest } from '../stored-object.ts';
import type { DialectContext, DialectRequest, Operation, Reply, StoredResponse } from '../reply.ts';
import type { Body } from '../validate.ts';
import { settled } from './background.ts';
import { createResponse } from './create.ts';
import { includedIn, refusedInclude } from './included.ts';

type Handler = (stored: StoredResponse, request: DialectRequest, context: DialectContext) => Reply;

/** A response that was never made, for servers that are lenient about ids. */
function invented(id: string, context: DialectContext): StoredResponse | undefined {
  const reply = createResponse.handle(plainRequest(createResponse, { model: 'gpt-4o-mini', input: 'Hello' }), context);
  if (reply.kind !== 'json' || reply.status !== 200) return undefined;
  const made = context.state.get((JSON.parse(reply.body) as { id: string }).id);
  if (made === undefined) return undefined;
  context.state.delete(made.id);
  const named = { ...made, id, body: made.body.replace(quote(made.id), () => quote(id)) };
  context.state.put(named);
  return named;
}

/** Runs the handler on the stored response that `{id}` names, or answers 404. */
function onStored(handler: Handler): Operation['handle'] {
  return (request, context) => {
    const id = request.params['id'] ?? '';
    const stored = context.state.get(id) ?? (context.lenientIds ? invented(id, context) : undefined);
    if (stored) return handler(stored, request, context);
    return notFound(context, `Response with id '${id}' not found.`);
  };
}

/** The events after the numbered one, as they were sent first. */
function replay(stored: StoredResponse, request: DialectRequest, context: DialectContext): Reply {
  if (stored.events === undefined) {
    const message = 'Streaming a stored response requires that it was created with background=true and stream=true.';
    return badRequest(context, message, 'stream');
  }
  const after = request.query.get('starting_after');
  const first = after === null ? 0 : Number(after) + 1;
  if (!Number.isInteger(first) || first < 0) {
    return refuse(context, wrongType('starting_after', 'an integer', after));
  }
  const headers = successHeaders(context, 'text/event-stream; charset=utf-8');
  return { kind: 'stream', status: 200, headers, events: stored.events.slice(first) };
}

function retrieve(stored: StoredResponse, request: DialectRequest, context: DialectContext): Reply {
  if (request.query.get('stream') === 'true') return replay(stored, request, context);
  const refused = refusedInclude(request.query, context);
  return refused ?? ok(context, includedIn(settled(stored, context).body, request.query, context));
}

function remove(stored: StoredResponse, _request: DialectRequest, context: DialectContext): Reply {
  context.state.delete(stored.id);
  return ok(context, `{"id":${quote(stored.id)},"object":"response","deleted":true}`);
}

function cancel(stored: StoredResponse, _request: DialectRequest, context: DialectContext): Reply {
  if (!stored.background) return badRequest(context, 'Cannot cancel a synchronous response.');
  if (stored.later === undefined) return ok(context, stored.body);
  const cancelled: StoredResponse = {
    ...stored,
    status: 'cancelled',
    body: stored.later.cancelledBody,
    later: undefined,
  };
  context.state.put(cancelled);
  return ok(context, cancelled.body);
}

function listInput(stored: StoredResponse, request: DialectRequest, context: DialectContext): Reply {
  const items = stored.inputItems.map((item) => JSON.parse(item) as Body);
  return refusedInclude(request.query, context) ?? listReply(context, request.query, items);
}

/** What can be done with a response once it exists. */
export const storedResponseOperations: readonly Operation[] = [
  { id: 'responses.retrieve', method: 'GET', path: '/v1/responses/{id}', handle: onStored(retrieve) },
  { id: 'responses.delete', method: 'DELETE', path: '/v1/responses/{id}', handle: onStored(remove) },
  { id: 'responses.cancel', method: 'POST', path: '/v1/responses/{id}/cancel', handle: onStored(cancel) },
  { id: 'responses.input_items', method: 'GET', path: '/v1/responses/{id}/input_items', handle: onStored(listInput) },
];
