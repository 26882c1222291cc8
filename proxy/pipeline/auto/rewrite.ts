import type { JsonObject } from '../../core/json.ts';
import type { RequestFacts } from '../../protocols/types.ts';
import { ReceivedRequest, type RequestView } from '../../wire/http.ts';
import { requestObject } from '../../wire/json-object.ts';
import { type JsonEdit, spliceMembers } from '../../wire/json-splice.ts';
import type { RequestContext } from '../context.ts';
import { understand } from '../receive.ts';
import type { MemoEntry } from '../request-memo.ts';

/** A body, with what is known of it. */
export interface AskedBody {
  readonly request: RequestView;
  readonly entry: MemoEntry;
}

/** The body that the exchange has now. */
export function bodyOf({ request, entry }: RequestContext): AskedBody {
  if (!request || !entry) throw new Error('the model is picked after the body was received');
  return { request, entry };
}

/** The parsed body. */
export function objectOf(context: RequestContext): JsonObject {
  return context.parsed ?? requestObject(bodyOf(context).request.body);
}

/** The body as these bytes. */
export function asBytes(context: RequestContext, bytes: Buffer): AskedBody {
  const entry = understand(context, bytes);
  return { request: new ReceivedRequest(context.head, [bytes]), entry: { ...entry, facts: asWritten(entry.facts) } };
}

export function asObject(context: RequestContext, body: JsonObject): AskedBody {
  return asBytes(context, Buffer.from(JSON.stringify(body)));
}

/** The same bytes but for these members. */
export function withEdits(context: RequestContext, edits: readonly JsonEdit[]): AskedBody {
  const { request, entry } = bodyOf(context);
  return asBytes(context, spliceMembers(request.body, entry.scan, edits));
}

function asWritten(facts: RequestFacts): RequestFacts {
  return { ...facts, writtenModel: facts.writtenModel ?? facts.model };
}
