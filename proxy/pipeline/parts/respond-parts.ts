import { lifetimeMs } from '../../cache/policy.ts';
import { isStorable, recordedTarget } from '../../cache/target.ts';
import { ProxyError } from '../../core/errors.ts';
import type { FlatHeaders } from '../../wire/http.ts';
import type { RequestContext } from '../context.ts';
import { respond } from '../respond.ts';
import type { Runtime } from '../runtime.ts';
import { PartCollector } from './part-collector.ts';
import type { PartsState } from './types.ts';

/** Bytes of the answer to a list: 2,048 inputs of 3,072 dimensions are half of it. */
const MOST_BYTES = 192 * 1024 * 1024;

/** Gives the client its answer; to a list of which only a part was asked for, one that is put together. Throws ProxyError `upstream_failed`. */
export function respondParts(context: RequestContext, runtime: Runtime): void | Promise<void> {
  return context.parts ? putTogether(context, runtime, context.parts) : respond(context, runtime);
}

async function putTogether(context: RequestContext, runtime: Runtime, parts: PartsState): Promise<void> {
  const client = context.responder;
  const collector = new PartCollector(client, MOST_BYTES);
  context.responder = collector;
  try {
    await respond(context, runtime);
  } finally {
    context.responder = client;
  }
  const { answer } = collector;
  if (context.left || (!answer && !collector.isBroken)) return;
  const { lists, keys, known, missing } = parts;
  const asked = missing.map(({ input }) => input);
  const answers = answer && lists.split(answer.body, asked);
  if (!answer || (!answers && known.size > 0)) {
    throw new ProxyError('upstream_failed', 'The endpoint has not answered each of the inputs that it was asked for.');
  }
  // Nothing was taken out of the request: whatever the answer is, it is the client's.
  if (!answers) {
    send(context, answer.headers, answer.body);
    return;
  }
  if (parts.stores) store(context, runtime, parts, answers);
  for (const [at, { key }] of missing.entries()) known.set(key, answers[at] ?? answer.body);
  send(context, answer.headers, lists.join(keys.map((key) => known.get(key) ?? answer.body)));
}

function send({ responder }: RequestContext, headers: FlatHeaders, body: Buffer): void {
  const flat: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const [name = '', value = ''] = [headers[at], headers[at + 1]];
    if (name !== 'content-length') flat.push(name, value);
  }
  responder.head(200, [...flat, 'content-length', String(body.length)]);
  responder.end(body);
}

function store(context: RequestContext, runtime: Runtime, { missing }: PartsState, answers: readonly Buffer[]): void {
  const { model, plan, facts, endpoint, protocol } = context;
  if (!model || !plan || !facts || endpoint === undefined) return;
  const { cache: settings } = model;
  const target = recordedTarget(settings.targets, endpoint, facts.model);
  if (!target || !isStorable(settings.targets, endpoint)) return;
  const now = runtime.clock.now();
  for (const [at, { key, mark }] of missing.entries()) {
    const bytes = answers[at];
    if (!bytes || bytes.length > settings.maxEntryBytes) continue;
    const { usage } = protocol.judgeBody(bytes);
    const recording = {
      operation: protocol.id,
      model: facts.model,
      shape: 'body' as const,
      headers: [['content-type', 'application/json'] as const],
      bytes,
      ends: [],
      times: [],
      endpoint,
      target,
      kept: false,
      ...(usage ? { usage } : {}),
      encryptedItems: [],
      storedAt: now,
      expiresAt: now + lifetimeMs(settings, plan.controls),
    };
    void runtime.cache.put(key, recording, mark);
  }
}
