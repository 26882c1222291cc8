import { setImmediate } from 'node:timers/promises';
import { countKeys, isJsonObject } from '../core/json.ts';
import { ReceivedRequest } from '../wire/http.ts';
import { requestObject } from '../wire/json-object.ts';
import { scanJson } from '../wire/json-scan.ts';
import type { RequestContext } from './context.ts';
import type { MemoEntry } from './request-memo.ts';
import type { Runtime } from './runtime.ts';

/** Keys from which on a body is understood in one turn of the event loop and looked up in another. */
const MANY_KEYS = 10_000;

/** Reads the bounded body and understands it: structural scan, parse, facts. A body seen before skips all of that. */
export async function receive(context: RequestContext, runtime: Runtime): Promise<void> {
  const chunks = await context.source.collect(runtime.bodyLimit);
  const { protocol } = context;
  context.request = new ReceivedRequest(context.head, chunks);
  const digest = runtime.memo.digest(protocol.id, ...chunks);
  let entry = runtime.memo.get(digest);
  if (!entry) {
    entry = understand(context, context.request.body);
    runtime.memo.set(digest, entry);
    // The key of such a body costs as much again: other requests have their turn in between.
    if (entry.scan.keys > MANY_KEYS) await setImmediate();
  }
  context.entry = entry;
  context.facts = entry.facts;
}

function understand(context: RequestContext, body: Buffer): MemoEntry {
  const scan = scanJson(body);
  const parsed = requestObject(body);
  context.parsed = parsed;
  const facts = context.protocol.facts(parsed, context.head);
  const extra = parsed['extra_body'];
  return {
    facts,
    scan,
    extraCache: isJsonObject(extra) ? extra['cache'] : undefined,
    ambiguous: countKeys(parsed) !== scan.keys,
    keys: new Map(),
  };
}
