import { setImmediate } from 'node:timers/promises';
import { countKeys, isJsonObject, type JsonObject } from '../core/json.ts';
import type { Steps } from '../core/slices.ts';
import type { RequestFacts } from '../protocols/types.ts';
import { ReceivedRequest } from '../wire/http.ts';
import { requestObject } from '../wire/json-object.ts';
import { scanJson, scanSteps, type JsonScan } from '../wire/json-scan.ts';
import { requestObjectSteps } from '../wire/json-slices.ts';
import type { RequestContext } from './context.ts';
import type { MemoEntry } from './request-memo.ts';
import type { Runtime } from './runtime.ts';

/** Keys from which on a body is understood in one turn of the event loop and looked up in another. */
const MANY_KEYS = 10_000;

/** Bytes from which on a body is understood, and its key computed, in slices between the turns of other requests. */
export const LONG_BODY_BYTES = 1024 * 1024;

/** Reads the bounded body and understands it: structural scan, parse, facts. A body seen before skips all of that. */
export async function receive(context: RequestContext, runtime: Runtime): Promise<void> {
  const chunks = await context.source.collect(runtime.bodyLimit);
  const { protocol } = context;
  context.request = new ReceivedRequest(context.head, chunks);
  const head = headChunk(context);
  const digest = head ? runtime.memo.digest(protocol.id, head, ...chunks) : runtime.memo.digest(protocol.id, ...chunks);
  let entry = runtime.memo.get(digest);
  if (!entry) {
    const { body } = context.request;
    const isLong = body.length >= LONG_BODY_BYTES;
    entry = isLong ? await runtime.slices.run(understandSteps(context, body)) : understand(context, body);
    runtime.memo.set(digest, entry);
    // The key of such a body costs as much again: other requests have their turn in between.
    if (!isLong && entry.scan.keys > MANY_KEYS) await setImmediate();
  }
  context.entry = entry;
  context.facts = entry.facts;
}

/** Where the path names a deployment, that is the model, whatever the body says. */
function factsOf({ protocol, head, subject }: RequestContext, parsed: JsonObject): RequestFacts {
  if (subject === undefined) return protocol.facts(parsed, head);
  const { model } = parsed;
  const facts = protocol.facts({ ...parsed, model: subject }, head);
  return model === subject ? facts : { ...facts, writtenModel: typeof model === 'string' ? model : '' };
}

/** What of the head the facts depend on, so that equal bodies with another one are not taken for the same. */
function headChunk({ protocol, head, subject }: RequestContext): Buffer | undefined {
  if (protocol.factsFromHead) return Buffer.from(`${head.path}?${head.query}\n`);
  return subject === undefined ? undefined : Buffer.from(`${subject}\n`);
}

/** What is to be known of a body: its structure, its facts. Throws ProxyError. */
export function understand(context: RequestContext, body: Buffer): MemoEntry {
  const scan = scanJson(body);
  const parsed = requestObject(body);
  return entryOf(context, scan, { parsed, keys: countKeys(parsed) });
}

/** `understand` in steps; the last one reads the facts. */
export function* understandSteps(context: RequestContext, body: Buffer): Steps<MemoEntry> {
  const scan = yield* scanSteps(body);
  yield;
  const { losesDigits, ...read } = yield* requestObjectSteps(body);
  yield;
  return { ...entryOf(context, scan, read), losesDigits };
}

/** `keys`: names that parsing has left. */
function entryOf(
  context: RequestContext,
  scan: JsonScan,
  { parsed, keys }: { readonly parsed: JsonObject; readonly keys: number },
): MemoEntry {
  context.parsed = parsed;
  const facts = factsOf(context, parsed);
  const extra = parsed['extra_body'];
  return {
    facts,
    scan,
    sampled: isSampled(parsed),
    extraCache: isJsonObject(extra) ? extra['cache'] : undefined,
    ambiguous: keys !== scan.keys,
  };
}

/** Gemini has its parameters one level down. */
function isSampled({ temperature, generationConfig }: JsonObject): boolean {
  const value = isJsonObject(generationConfig) ? generationConfig['temperature'] : temperature;
  return typeof value === 'number' && value > 0;
}
