import { ProxyError } from '../core/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import { inputItems, listedItem, newId } from '../responses-state/items.ts';
import type { Overlay, ResponseRecord } from '../responses-state/record.ts';
import { ReceivedRequest } from '../wire/http.ts';
import { requestObject } from '../wire/json-object.ts';
import { scanJson } from '../wire/json-scan.ts';
import { type JsonEdit, spliceMembers } from '../wire/json-splice.ts';
import type { RequestContext } from './context.ts';
import { type KeptTools, stateScope } from './kept.ts';
import { sendEvents, sendObject } from './kept-answers.ts';
import { KeptResponder } from './kept-responder.ts';
import { entryOfBody } from './request-memo.ts';
import type { Runtime } from './runtime.ts';
import type { UnstoredResponses } from './socket-way.ts';

/** What of a request concerns what is kept. */
interface Asked {
  readonly body: JsonObject;
  readonly previousId: string | undefined;
  readonly conversationId: string | undefined;
  readonly store: boolean;
  readonly background: boolean;
}

/**
 * For models whose endpoints do not keep responses: the input of a request that goes on from a response or a conversation
 * is completed, so that an endpoint can answer it alone; and its answer is kept.
 */
export function recall(context: RequestContext, runtime: Runtime): void | Promise<void> {
  const { model, protocol } = context;
  if (!runtime.kept || !protocol.storesResponses || model?.keepsResponses !== true) return undefined;
  return recallKept(context, runtime, runtime.kept);
}

async function recallKept(context: RequestContext, runtime: Runtime, kept: KeptTools): Promise<void> {
  const { request, entry, facts } = context;
  if (!request || !entry || !facts) throw new Error('recall runs after receive');
  const asked = askedBy(requestObject(request.body));
  const scope = stateScope(context);
  const unstored = context.socket?.kind === 'frame' ? context.socket.unstored : undefined;
  const history = await historyOf(asked, scope, kept, unstored);
  unstored?.remember(undefined);
  const written = inputItems(asked.body['input']);
  const own = await kept.responses.resolved(scope, written);
  const input = own.map(listedItem);
  const items = [...history, ...own];
  const { run } = context.kept ?? {};
  const overlay = run?.overlay ?? overlayOf(asked);
  if (asked.background) {
    const seed = { scope, overlay, input, items, streams: facts.stream };
    const started = await kept.runs.start(context, runtime, seed);
    context.account?.handOver();
    const { stream } = facts;
    context.kept = {
      answer: () => (stream ? sendEvents(context, started, -1) : sendObject(context, started.record.response)),
    };
    return;
  }
  complete(context, history.length > 0 || own !== written ? items : undefined);
  const keep = async (response: JsonObject): Promise<void> => {
    // What goes on from it is asked of the same model, where the proxy picks.
    if (context.endpoint !== undefined) runtime.affinity.remember([overlay.id], context.endpoint);
    try {
      await keepAnswer(kept, scope, overlay, { response, input, items });
      const record = { id: overlay.id, response, input: [], context: items, background: false };
      if (unstored && !overlay.store && kept.responses.fits(record)) unstored.remember(record);
    } catch (error) {
      runtime.telemetry.fault('a response was not kept', context.id, error);
    }
  };
  if (run) {
    const stop = run.watch(() => {
      if (!run.isOver) return;
      stop();
      void keep(run.record.response);
    });
  } else context.responder = new KeptResponder(context.responder, { stream: facts.stream, overlay, keep });
}

function askedBy(body: JsonObject): Asked {
  const previousId = named(body['previous_response_id']);
  const conversationId = named(body['conversation']);
  if (previousId !== undefined && conversationId !== undefined) {
    const message = "'previous_response_id' and 'conversation' cannot be given together.";
    throw new ProxyError('mutually_exclusive_parameters', message, { param: 'previous_response_id' });
  }
  const store = body['store'] !== false;
  const background = body['background'] === true;
  if (background && !store) {
    throw new ProxyError('invalid_value', "A background response is kept: 'store' cannot be false.", {
      param: 'store',
    });
  }
  return { body, previousId, conversationId, store, background };
}

/** An id, as a text or as the object that the API shows. */
function named(value: Json | undefined): string | undefined {
  const id = isJsonObject(value) ? value['id'] : value;
  return typeof id === 'string' && id !== '' ? id : undefined;
}

async function historyOf(
  { previousId, conversationId }: Asked,
  scope: string,
  { responses, conversations }: KeptTools,
  unstored: UnstoredResponses | undefined,
): Promise<readonly JsonObject[]> {
  if (previousId !== undefined) return responses.history(scope, previousId, unstored?.find(previousId));
  return conversationId === undefined ? [] : conversations.history(scope, conversationId);
}

function overlayOf({ previousId, conversationId, store, background }: Asked): Overlay {
  return {
    id: newId('resp'),
    ...(previousId === undefined ? {} : { previousId }),
    ...(conversationId === undefined ? {} : { conversationId }),
    store,
    background,
  };
}

/** Makes the request one that an endpoint which keeps nothing can answer. */
function complete(context: RequestContext, items: readonly JsonObject[] | undefined): void {
  const { request, entry, facts, protocol, head } = context;
  if (!request || !entry || !facts) return;
  const edits: JsonEdit[] = [
    { op: 'set', key: 'store', value: 'false' },
    { op: 'remove', key: 'previous_response_id' },
    { op: 'remove', key: 'conversation' },
    { op: 'remove', key: 'background' },
    ...(items ? [{ op: 'set', key: 'input', value: JSON.stringify(items) } as const] : []),
  ];
  const body = spliceMembers(request.body, entry.scan, edits);
  const { model, writtenModel } = facts;
  const read = protocol.facts(requestObject(body), head);
  const understood = { ...read, model, ...(writtenModel === undefined ? {} : { writtenModel }) };
  context.request = new ReceivedRequest(head, [body]);
  context.parsed = undefined;
  context.facts = understood;
  context.entry = entryOfBody(entry, { facts: understood, scan: scanJson(body) });
}

async function keepAnswer(
  { responses, conversations }: KeptTools,
  scope: string,
  overlay: Overlay,
  made: {
    readonly response: JsonObject;
    readonly input: ResponseRecord['input'];
    readonly items: readonly JsonObject[];
  },
): Promise<void> {
  const { response, input, items } = made;
  const { id, store, background, conversationId } = overlay;
  if (store && !background) await responses.put(scope, { id, response, input, context: items, background });
  if (conversationId === undefined || response['status'] !== 'completed') return;
  await conversations.append(scope, conversationId, [...input, ...inputItems(response['output'])]);
}
