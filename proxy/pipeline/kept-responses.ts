import { setTimeout } from 'node:timers/promises';
import { ProxyError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { ended, isRunning, type ResponseRecord } from '../responses-state/record.ts';
import { pageOf } from '../responses-state/page.ts';
import type { RequestContext } from './context.ts';
import { type KeptTools, stateScope } from './kept.ts';
import { keptLog, mayStream, sendEvents, sendObject, startingAfter } from './kept-answers.ts';
import type { Runtime } from './runtime.ts';

/** Milliseconds between two looks at a response that another process makes. */
const LOOK_MS = 500;

/** Whether some model has endpoints that keep responses themselves. */
export function hasNativeResponses({ models }: Runtime): boolean {
  return models.some(({ keepsResponses }) => keepsResponses !== true);
}

/**
 * A request about a response that the proxy keeps is answered here; undefined where it is for an endpoint. Throws ProxyError
 * `response_not_found` where no endpoint keeps any.
 */
export async function keptAnswer(
  context: RequestContext,
  runtime: Runtime,
): Promise<(() => void | Promise<void>) | undefined> {
  const { kept } = runtime;
  if (!kept) return undefined;
  const scope = stateScope(context);
  const id = context.subject ?? '';
  const native = hasNativeResponses(runtime);
  const record = await find(kept, scope, id, native);
  if (record === undefined) {
    if (native) return undefined;
    throw new ProxyError('response_not_found', `Response with id '${id}' not found.`);
  }
  return HANDLERS[context.operation]?.({ context, kept, scope, record });
}

interface Found {
  readonly context: RequestContext;
  readonly kept: KeptTools;
  readonly scope: string;
  readonly record: ResponseRecord;
}

type Handler = (found: Found) => () => void | Promise<void>;

/** By the names of the routes. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  'responses.retrieve': retrieve,
  'responses.delete': ({ context, kept, scope, record }) =>
    answering(context, async () => {
      const removed = await kept.responses.remove(scope, record.id);
      kept.runs.find(scope, record.id)?.stop(ended(record.response, 'cancelled'));
      return removed;
    }),
  'responses.cancel': ({ context, kept, scope, record }) =>
    answering(context, async () => {
      const { response } = await kept.responses.cancel(scope, record.id);
      if (response['status'] === 'cancelled') kept.runs.find(scope, record.id)?.stop(response);
      return response;
    }),
  'responses.input_items': ({ context, record }) =>
    answering(context, () => pageOf(record.input, new URLSearchParams(context.head.query))),
};

function answering(context: RequestContext, make: () => JsonObject | Promise<JsonObject>): () => Promise<void> {
  return async () => sendObject(context, await make());
}

/** The store may be away while the id belongs to an endpoint. */
async function find(
  { responses, runs }: KeptTools,
  scope: string,
  id: string,
  native: boolean,
): Promise<ResponseRecord | undefined> {
  const run = runs.find(scope, id);
  if (run && !run.isOver) return run.record;
  try {
    return await responses.find(scope, id);
  } catch (error) {
    if (native && error instanceof ProxyError) return undefined;
    throw error;
  }
}

function retrieve({ context, kept, scope, record }: Found): () => void | Promise<void> {
  const query = new URLSearchParams(context.head.query);
  if (query.get('stream') !== 'true') return () => sendObject(context, record.response);
  const run = kept.runs.find(scope, record.id);
  const after = startingAfter(query, run ? run.streams : mayStream(record));
  if (run) return () => sendEvents(context, run, after);
  return async () => {
    const whole = isRunning(record) ? await untilEnded(context, kept, scope, record) : record;
    await sendEvents(context, keptLog(whole), after);
  };
}

async function untilEnded(
  context: RequestContext,
  { responses }: KeptTools,
  scope: string,
  record: ResponseRecord,
): Promise<ResponseRecord> {
  let current = record;
  while (isRunning(current) && !context.left) {
    // oxlint-disable-next-line no-await-in-loop -- it is looked at again and again
    await setTimeout(LOOK_MS, undefined, { ref: false });
    // oxlint-disable-next-line no-await-in-loop -- see above
    current = await responses.get(scope, record.id);
  }
  return current;
}
