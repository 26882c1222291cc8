import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type { LearntAnswer } from '../../generation/opaque-request.ts';
import type { Holder } from '../../governance/lookup.ts';
import type { BatchApi, BatchRow } from '../../usage/batches/types.ts';
import { parseObject } from '../../wire/json-object.ts';
import type { RequestContext } from '../context.ts';

export type MadeBatch = Omit<BatchRow, 'madeAt'>;

/** Books what batches use. No member throws, and none but `ending` waits. */
export interface BatchTracking {
  /** A provider has taken a batch on. */
  made(batch: MadeBatch): void;
  /** An endpoint has shown these batches, to any caller. */
  shown(endpoint: string, api: BatchApi, objects: readonly JsonObject[]): void;
  /** The batch is about to be deleted, with all that says what it used. Resolves when it is booked, or cannot be. */
  ending(id: string): Promise<void>;
}

/** The whole collection, one batch, or its cancellation: what is shown by these is the provider's, and no client wrote it. */
const PATHS: Readonly<Record<BatchApi, RegExp>> = {
  openai: /^\/batches(?:\/(?<id>[^/]+)(?:\/cancel)?)?\/?$/,
  anthropic: /^\/messages\/batches(?:\/(?<id>[^/]+)(?:\/cancel)?)?\/?$/,
};

/** What a database takes as text, whatever an endpoint says. */
const NAME = /^[^\p{C}]{1,255}$/u;

/** The API that a request about batches speaks; undefined for all others, and for APIs whose batches are not booked. */
export function batchApi({
  head,
  protocol: { family },
}: Pick<RequestContext, 'head' | 'protocol'>): BatchApi | undefined {
  return family !== 'gemini' && PATHS[family].test(head.path) ? family : undefined;
}

/** Remembers a batch that the request made, and hands on what its answer shows of batches. */
export function noteBatches(
  context: RequestContext,
  { batches }: Tracked,
  { endpoint, credential, body }: LearntAnswer,
): void {
  const api = batchApi(context);
  const answer = api && parseObject(body.toString());
  if (api === undefined || answer === undefined) return;
  const { head, principal } = context;
  const { id, model, data } = answer;
  if (batchIn(api, head) !== undefined) batches.shown(endpoint, api, [answer]);
  else if (head.method === 'GET') batches.shown(endpoint, api, Array.isArray(data) ? data.filter(isJsonObject) : []);
  else if (typeof id === 'string') {
    const name = typeof model === 'string' && NAME.test(model) ? model : null;
    batches.made({ id, endpoint, api, model: name, credential: credential ?? null, ...idsOf(principal?.holder) });
  }
}

/** The batch that the path names. */
function batchIn(api: BatchApi, { path }: RequestContext['head']): string | undefined {
  return PATHS[api].exec(path)?.groups?.['id'];
}

function idsOf(holder: Holder | undefined): Pick<BatchRow, 'virtualKeyId' | 'userId' | 'teamId' | 'customerId'> {
  const { key, user, team, customer } = holder ?? {};
  return {
    virtualKeyId: key?.id ?? null,
    userId: user?.id ?? null,
    teamId: team?.id ?? null,
    customerId: customer?.id ?? null,
  };
}

/** Before a request that deletes a batch is sent: its results are read as long as they are there. */
export async function bookBeforeDelete(context: RequestContext, { batches }: Tracked): Promise<void> {
  const { head } = context;
  const api = head.method === 'DELETE' ? batchApi(context) : undefined;
  const id = api && batchIn(api, head);
  if (id !== undefined) await batches.ending(id);
}

interface Tracked {
  readonly batches: BatchTracking;
}
