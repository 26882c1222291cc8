import { badRequest, errorReply } from '../errors.ts';
import { successHeaders } from '../headers.ts';
import { pretty, quote } from '../json.ts';
import type { DialectContext, DialectRequest, JsonReply, Operation, Reply, StoredResponse } from '../reply.ts';

const LIST_LIMIT = 20;
const LIST_LIMIT_MOST = 100;

function ok(context: DialectContext, compact: string): JsonReply {
  return {
    kind: 'json',
    status: 200,
    headers: successHeaders(context, 'application/json'),
    body: pretty(compact),
    tokens: 0,
  };
}

type Handler = (stored: StoredResponse, request: DialectRequest, context: DialectContext) => Reply;

/** Runs the handler on the stored response that `{id}` names, or answers 404. */
function onStored(handler: Handler): Operation['handle'] {
  return (request, context) => {
    const id = request.params['id'] ?? '';
    const stored = context.state.get(id);
    if (stored) return handler(stored, request, context);
    const message = `Response with id '${id}' not found.`;
    return errorReply(404, { message, type: 'invalid_request_error', param: null, code: null }, context);
  };
}

/** Background work is done by the time somebody asks for it. */
function settled(stored: StoredResponse, context: DialectContext): StoredResponse {
  if (stored.later === undefined) return stored;
  const done: StoredResponse = { ...stored, status: stored.later.status, body: stored.later.body, later: undefined };
  context.state.put(done);
  return done;
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
    const message = `Invalid type for 'starting_after': expected an integer, but got a string instead.`;
    return badRequest(context, message, 'starting_after', 'invalid_type');
  }
  const headers = successHeaders(context, 'text/event-stream; charset=utf-8');
  return { kind: 'stream', status: 200, headers, events: stored.events.slice(first) };
}

function retrieve(stored: StoredResponse, request: DialectRequest, context: DialectContext): Reply {
  if (request.query.get('stream') === 'true') return replay(stored, request, context);
  return ok(context, settled(stored, context).body);
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

function itemId(item: string): string {
  return (JSON.parse(item) as { id: string }).id;
}

function listInput(stored: StoredResponse, request: DialectRequest, context: DialectContext): Reply {
  const { query } = request;
  const asked = Number(query.get('limit') ?? LIST_LIMIT);
  const limit = Math.min(LIST_LIMIT_MOST, Math.max(1, Number.isInteger(asked) ? asked : LIST_LIMIT));
  const ordered = query.get('order') === 'asc' ? stored.inputItems : stored.inputItems.toReversed();
  const ids = ordered.map(itemId);
  const start = ids.indexOf(query.get('after') ?? '') + 1;
  const page = ordered.slice(start, start + limit);
  const pageIds = ids.slice(start, start + limit);
  const edge = (id: string | undefined): string => (id === undefined ? 'null' : quote(id));
  return ok(
    context,
    `{"object":"list","data":[${page.join(',')}],"first_id":${edge(pageIds[0])},"last_id":${edge(pageIds.at(-1))},` +
      `"has_more":${start + page.length < ordered.length}}`,
  );
}

/** What can be done with a response once it exists. */
export const storedResponseOperations: readonly Operation[] = [
  { id: 'responses.retrieve', method: 'GET', path: '/v1/responses/{id}', handle: onStored(retrieve) },
  { id: 'responses.delete', method: 'DELETE', path: '/v1/responses/{id}', handle: onStored(remove) },
  { id: 'responses.cancel', method: 'POST', path: '/v1/responses/{id}/cancel', handle: onStored(cancel) },
  { id: 'responses.input_items', method: 'GET', path: '/v1/responses/{id}/input_items', handle: onStored(listInput) },
];
