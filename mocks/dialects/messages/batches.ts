import { asText, objectsIn } from '../content.ts';
import { json } from '../json.ts';
import type { DialectContext, DialectRequest, Operation, Reply, StoredObject } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import { batchedMessage } from './create.ts';
import { notFound, refusal } from './errors.ts';
import { download } from './files.ts';
import { idAfter } from './ids.ts';
import { answerJson, listReply } from './listing.ts';

const BATCHES = 'anthropic/batches';
const DAY_MS = 86_400_000;
const MOST_REQUESTS = 100_000;
const CUSTOM_ID = /^[a-zA-Z0-9_-]{1,64}$/;

type Counts = Record<'processing' | 'succeeded' | 'errored' | 'canceled' | 'expired', number>;

/** What a batch remembers besides what is shown. */
interface Work {
  readonly requests: readonly Body[];
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly canceledAt?: number | undefined;
  /** Host of the address under which results are fetched. */
  readonly host: string;
}

/** RFC 3339 with microseconds, as batches have it: `2026-08-19T14:34:12.123000+00:00`. */
function microseconds(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000+00:00');
}

function countsOf(counts: Partial<Counts>): Counts {
  return { processing: 0, succeeded: 0, errored: 0, canceled: 0, expired: 0, ...counts };
}

function refusedRequests(requests: readonly Body[]): string | undefined {
  if (requests.length === 0) return 'requests: List should have at least 1 item after validation, not 0';
  if (requests.length > MOST_REQUESTS) return `requests: List should have at most ${MOST_REQUESTS} items`;
  const seen = new Set<string>();
  for (const [at, request] of requests.entries()) {
    const id = asText(request['custom_id']);
    if (!CUSTOM_ID.test(id)) {
      return `requests.${at}.custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'`;
    }
    if (seen.has(id)) return `requests.${at}.custom_id: Duplicate custom_id: ${id}`;
    if (!isBody(request['params'])) return `requests.${at}.params: Field required`;
    seen.add(id);
  }
  return undefined;
}

function create({ body, headers }: DialectRequest, context: DialectContext): Reply {
  const given = isBody(body) ? body['requests'] : undefined;
  if (!Array.isArray(given)) return refusal(context, 'requests: Field required');
  const requests = objectsIn(given);
  const refused = refusedRequests(requests);
  if (refused !== undefined) return refusal(context, refused);
  const id = idAfter('msgbatch_01', context);
  const startedAt = context.now();
  const shown = {
    id,
    type: 'message_batch',
    processing_status: 'in_progress',
    request_counts: countsOf({ processing: requests.length }),
    ended_at: null,
    created_at: microseconds(startedAt),
    expires_at: microseconds(startedAt + DAY_MS),
    archived_at: null,
    cancel_initiated_at: null,
    results_url: null,
  };
  const work: Work = { requests, startedAt, host: headers['host'] ?? 'localhost' };
  context.objects.put(BATCHES, { id, body: shown, hidden: { work } });
  return answerJson(context, shown);
}

const workOf = ({ hidden }: StoredObject): Work => hidden['work'] as Work;

interface Line {
  readonly text: string;
  readonly kind: 'succeeded' | 'errored' | 'canceled';
}

function lineOf(request: Body, canceled: boolean, context: DialectContext): Line {
  const customId = json(request['custom_id']);
  const line = (kind: Line['kind'], rest: string): Line => {
    return { kind, text: `{"custom_id":${customId},"result":{"type":"${kind}"${rest}}}` };
  };
  if (canceled) return line('canceled', '');
  const { status, body } = batchedMessage(request['params'], context);
  return status < 400 ? line('succeeded', `,"message":${body}`) : line('errored', `,"error":${body}`);
}

function resultsAddress(id: string, host: string, tenant: string | undefined): string {
  const prefix = tenant ? `/t/${tenant}` : '';
  return `http://${host}${prefix}/v1/messages/batches/${id}/results`;
}

/** A canceled batch has done the first half of its work. */
function ended(object: StoredObject, endedAt: number, context: DialectContext): StoredObject {
  const { requests, canceledAt, host } = workOf(object);
  const done = canceledAt === undefined ? requests.length : Math.floor(requests.length / 2);
  const lines = requests.map((request, at) => lineOf(request, at >= done, context));
  const count = (kind: Line['kind']): number => lines.filter((line) => line.kind === kind).length;
  const counts = { succeeded: count('succeeded'), errored: count('errored'), canceled: count('canceled') };
  const body = {
    ...object.body,
    processing_status: 'ended',
    request_counts: countsOf(counts),
    ended_at: microseconds(endedAt),
    results_url: resultsAddress(object.id, host, context.tenant),
  };
  const content = Buffer.from(lines.map(({ text }) => `${text}\n`).join(''));
  return { ...object, body, content };
}

/** The batch as it is now: its time may have come since it was asked for last. */
function settled(object: StoredObject, context: DialectContext): StoredObject {
  const { startedAt, canceledAt } = workOf(object);
  const due = (canceledAt ?? startedAt) + context.jobStageMs;
  if (object.body['processing_status'] === 'ended' || context.now() < due) return object;
  const done = ended(object, due, context);
  context.objects.put(BATCHES, done);
  return done;
}

function about(handle: (batch: StoredObject, context: DialectContext) => Reply): Operation['handle'] {
  return ({ params }, context) => {
    const id = params['id'] ?? '';
    const found = context.objects.get(BATCHES, id);
    if (found === undefined) return notFound(context, `Batch not found: ${id}`);
    return handle(settled(found, context), context);
  };
}

function cancel(batch: StoredObject, context: DialectContext): Reply {
  if (batch.body['processing_status'] === 'ended') {
    return refusal(context, `Batch ${batch.id} cannot be canceled because it has already finished processing.`);
  }
  if (workOf(batch).canceledAt !== undefined) return answerJson(context, batch.body);
  const now = context.now();
  const body = { ...batch.body, processing_status: 'canceling', cancel_initiated_at: microseconds(now) };
  context.objects.put(BATCHES, { ...batch, body, hidden: { work: { ...workOf(batch), canceledAt: now } } });
  return answerJson(context, body);
}

function results(batch: StoredObject, context: DialectContext): Reply {
  if (batch.content === undefined) {
    return notFound(context, `Batch ${batch.id} has no available results: it has not finished processing.`);
  }
  return download(context, batch.content, 'application/x-jsonl', `${batch.id}_results.jsonl`);
}

function remove(batch: StoredObject, context: DialectContext): Reply {
  if (batch.body['processing_status'] !== 'ended') {
    return refusal(context, `Batch ${batch.id} cannot be deleted while it is processing.`);
  }
  context.objects.delete(BATCHES, batch.id);
  return answerJson(context, { id: batch.id, type: 'message_batch_deleted' });
}

function list({ query }: DialectRequest, context: DialectContext): Reply {
  const newestFirst = context.objects
    .all(BATCHES)
    .map((batch) => settled(batch, context).body)
    .toReversed();
  return listReply(newestFirst, query, context);
}

const PATH = '/v1/messages/batches';
const ONE = `${PATH}/{id}`;

function operation(name: string, method: Operation['method'], path: string, handle: Operation['handle']): Operation {
  return { id: `messages.batches.${name}`, family: 'anthropic', method, path, handle };
}

export const messagesBatches: readonly Operation[] = [
  operation('create', 'POST', PATH, create),
  operation('list', 'GET', PATH, list),
  operation(
    'retrieve',
    'GET',
    ONE,
    about(({ body }, context) => answerJson(context, body)),
  ),
  operation('cancel', 'POST', `${ONE}/cancel`, about(cancel)),
  operation('results', 'GET', `${ONE}/results`, about(results)),
  operation('delete', 'DELETE', ONE, about(remove)),
];
