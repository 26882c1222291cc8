import { ProxyError } from '../core/errors.ts';
import { ReceivedRequest } from '../wire/http.ts';
import { requestObject } from '../wire/json-object.ts';
import { scanJson } from '../wire/json-scan.ts';
import { spliceMembers } from '../wire/json-splice.ts';
import type { RequestContext } from './context.ts';
import { forward } from './forward.ts';
import { join } from './join.ts';
import { lookup } from './lookup.ts';
import { recall } from './recall.ts';
import { respond } from './respond.ts';
import { entryOfBody } from './request-memo.ts';
import type { Runtime } from './runtime.ts';

/** Fields of a frame that say how its answer is to be made; each with what the proxy cannot do itself. */
const UNSUPPORTED: readonly (readonly [name: string, value: boolean, reason: string])[] = [
  ['background', true, 'is not supported over WebSocket'],
  ['generate', false, 'is not supported by the endpoints of this model'],
];

/**
 * Answers a request that came over a socket where the endpoints of its model keep no responses: it goes the way of a request
 * over HTTP, from the recall on, and its events go back as frames.
 */
export async function answerByHttp(context: RequestContext, runtime: Runtime): Promise<void> {
  const { request, entry, facts, protocol, head } = context;
  if (!request || !entry || !facts) throw new Error('the stage runs after resolve');
  const frame = requestObject(request.body);
  for (const [name, value, reason] of UNSUPPORTED) {
    if (frame[name] === value) throw new ProxyError('invalid_value', `'${name}' ${reason}.`, { param: name });
  }
  const body = spliceMembers(request.body, entry.scan, [
    { op: 'remove', key: 'type' },
    { op: 'remove', key: 'stream_id' },
    { op: 'remove', key: 'generate' },
    { op: 'set', key: 'stream', value: 'true' },
  ]);
  const { model, writtenModel } = facts;
  const read = protocol.facts(requestObject(body), head);
  context.request = new ReceivedRequest(head, [body]);
  context.facts = { ...read, model, ...(writtenModel === undefined ? {} : { writtenModel }) };
  context.entry = entryOfBody(entry, { facts: context.facts, scan: scanJson(body) });
  context.cacheStatus = 'bypass';
  await recall(context, runtime);
  await lookup(context, runtime);
  join(context, runtime);
  forward(context);
  await respond(context, runtime);
}
