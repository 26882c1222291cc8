import { ProxyError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { ReceivedRequest } from '../wire/http.ts';
import { requestObject } from '../wire/json-object.ts';
import type { RequestContext } from './context.ts';
import { type KeptTools, stateScope } from './kept.ts';
import { sendObject } from './kept-answers.ts';
import { hasNativeResponses } from './kept-responses.ts';
import { forwardPassthrough, receivePassthrough, resolvePassthrough, respondPassthrough } from './passthrough.ts';
import type { Runtime } from './runtime.ts';

/** Reads the body of a request about a conversation that the proxy keeps; others are passed through. */
export async function receiveConversation(context: RequestContext, runtime: Runtime): Promise<void> {
  const { kept, bodyLimit } = runtime;
  if (!kept || !(await isKept(context, runtime, kept))) {
    await receivePassthrough(context, runtime);
    return;
  }
  const chunks = await context.source.collect(bodyLimit);
  const request = new ReceivedRequest(context.head, chunks);
  context.request = request;
  const body = request.body.length === 0 ? {} : requestObject(request.body);
  context.kept = { answer: async () => sendObject(context, await handle(context, runtime, kept, body)) };
}

export function resolveConversation(context: RequestContext, runtime: Runtime): void | Promise<void> {
  return context.kept ? undefined : resolvePassthrough(context, runtime);
}

export function forwardConversation(context: RequestContext, runtime: Runtime): void {
  if (!context.kept) forwardPassthrough(context, runtime);
}

export function respondConversation(context: RequestContext, runtime: Runtime): void | Promise<void> {
  return context.kept?.answer ? context.kept.answer() : respondPassthrough(context, runtime);
}

interface Target {
  readonly conversation: string | undefined;
  readonly items: boolean;
  readonly item: string | undefined;
}

/** `/conversations/{conversation}/items/{item}`. */
function targetOf({ head: { path } }: RequestContext): Target {
  const [, , conversation, items, item] = path.split('/').map(decoded);
  return { conversation: conversation === '' ? undefined : conversation, items: items === 'items', item };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** One that exists belongs to who keeps it; a new one is made where what names no model goes. */
async function isKept(context: RequestContext, runtime: Runtime, { conversations }: KeptTools): Promise<boolean> {
  if (!hasNativeResponses(runtime)) return true;
  const { conversation } = targetOf(context);
  if (conversation === undefined) {
    const { models, passthrough } = runtime;
    return models.find(({ name }) => name === passthrough.model)?.keepsResponses === true;
  }
  try {
    return await conversations.has(stateScope(context), conversation);
  } catch (error) {
    if (error instanceof ProxyError) return false;
    throw error;
  }
}

function handle(
  context: RequestContext,
  runtime: Runtime,
  { conversations }: KeptTools,
  body: JsonObject,
): Promise<JsonObject> {
  const { conversation: id, items, item } = targetOf(context);
  const { method, query } = context.head;
  const scope = stateScope(context);
  const now = Math.floor(runtime.clock.now() / 1_000);
  const what = `${method}${id === undefined ? '' : ' one'}${items ? ' items' : ''}${item === undefined ? '' : ' item'}`;
  const calls: Readonly<Record<string, () => Promise<JsonObject>>> = {
    POST: () => conversations.create(scope, body, now),
    'GET one': () => conversations.retrieve(scope, id ?? ''),
    'POST one': () => conversations.relabel(scope, id ?? '', body),
    'DELETE one': () => conversations.remove(scope, id ?? ''),
    'POST one items': () => conversations.addItems(scope, id ?? '', body),
    'GET one items': () => conversations.listItems(scope, id ?? '', new URLSearchParams(query)),
    'GET one items item': () => conversations.item(scope, id ?? '', item ?? ''),
    'DELETE one items item': () => conversations.removeItem(scope, id ?? '', item ?? ''),
  };
  const call = calls[what];
  if (call) return call();
  throw new ProxyError('unknown_url', `No route answers to ${method} ${context.head.path}.`);
}
