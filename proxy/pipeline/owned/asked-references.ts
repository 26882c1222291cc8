import { ProxyError } from '../../core/errors.ts';
import { countKeys } from '../../core/json.ts';
import type { Awaitable } from '../../governance/limits/types.ts';
import { parseObject, requestObject } from '../../wire/json-object.ts';
import { scanJson } from '../../wire/json-scan.ts';
import type { RequestContext } from '../context.ts';
import type { MemoEntry } from '../request-memo.ts';
import type { Runtime } from '../runtime.ts';
import { type BodyReferences, mayHideReferences, referencesIn } from './body-references.ts';
import { conversationNotFound, previousResponseNotFound, referenceNotFound } from './not-yours.ts';
import { assertOwn, type Named } from './ownership.ts';

/**
 * Throws where the body of an operation goes on from what another caller made, or names a file or the like of another.
 * What the proxy keeps itself is found by its owner anyway.
 */
export function assertReferences(context: RequestContext, runtime: Runtime): Awaitable<void> {
  if (!runtime.governed) return undefined;
  const { request, entry, model, socket } = context;
  if (!request || !entry) throw new Error('references are asked for after receive');
  const { previousResponse, conversation, objects } = referencesOf(context, entry);
  const named: Named[] = objectsNamed(context, objects);
  if (model?.keepsResponses !== true || !context.protocol.storesResponses) {
    const here =
      socket?.kind === 'frame' && previousResponse !== undefined ? socket.maker(previousResponse) : undefined;
    if (here) context.bound = { credential: here.credential };
    else if (previousResponse !== undefined) {
      named.push({ id: previousResponse, missing: previousResponseNotFound });
    }
    if (conversation !== undefined) named.push({ id: conversation, missing: conversationNotFound });
  }
  return assertOwn(context, runtime, named);
}

/** What the body of a request that is passed through names. Throws ProxyError where that cannot be found out. */
export function referencesPassed(context: RequestContext): readonly Named[] {
  const { body, streams } = context.passthrough ?? {};
  if (streams === true || body?.inMemory === false) {
    assertNamesNothing(context);
    return [];
  }
  const bytes = body?.outgoing([]).body;
  if (!Buffer.isBuffer(bytes) || /^multipart\//i.test(contentTypeOf(context))) return [];
  const parsed = parseObject(bytes.toString('utf8'));
  if (parsed === undefined) return [];
  if (countKeys(parsed) !== scanJson(bytes).keys) assertNothingHidden(bytes);
  const { previousResponse, conversation, objects } = referencesIn(parsed);
  return [
    ...objectsNamed(context, objects),
    ...(previousResponse === undefined ? [] : [{ id: previousResponse, missing: previousResponseNotFound }]),
    ...(conversation === undefined ? [] : [{ id: conversation, missing: conversationNotFound }]),
  ];
}

/** Of a body that is not read. Where nothing kept can be named, large bodies are pictures and sound. */
function assertNamesNothing(context: RequestContext): void {
  const { rule } = context.passthrough ?? {};
  const mayName = rule?.keeps === true || rule?.family === 'responses';
  if (mayName && /json/i.test(contentTypeOf(context))) throw tooLarge();
}

function contentTypeOf({ head }: RequestContext): string {
  return head.headers['content-type'] ?? '';
}

/** Found out once a body: one that is remembered is not looked through again. */
function referencesOf({ request, parsed }: RequestContext, entry: MemoEntry): BodyReferences {
  if (!request) throw new Error('references are asked for after receive');
  if (entry.ambiguous) assertNothingHidden(request.body);
  entry.references ??= referencesIn(parsed ?? requestObject(request.body));
  return entry.references;
}

function objectsNamed({ protocol: { family } }: RequestContext, ids: readonly string[]): Named[] {
  return ids.map((one) => ({ id: one, missing: (id) => referenceNotFound(family, id) }));
}

function assertNothingHidden(body: Buffer): void {
  if (!mayHideReferences(body)) return;
  throw new ProxyError('invalid_value', 'The body names a member twice, and may name something of another caller so.');
}

function tooLarge(): ProxyError {
  const message =
    'The body is JSON and larger than passthrough.replay_limit: what it names cannot be checked for its owner.';
  return new ProxyError('request_too_large', message);
}
