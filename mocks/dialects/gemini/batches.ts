import { asText, objectsIn } from '../content.ts';
import { json } from '../json.ts';
import type { DialectContext, DialectRequest, JsonReply, Operation, Reply, StoredObject } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import { googleError, googleErrorReply } from './errors.ts';
import { putGeminiFile } from './files.ts';
import { generateContent, MODEL_IN_PATH, missingModel, VERSIONS } from './generate.ts';
import { googleHeaders, JSON_TYPE } from './headers.ts';
import { storedFile } from './media.ts';
import { bareName } from './models.ts';
import { geminiPage } from './paging.ts';
import { exactTime } from './time.ts';
import { document } from './wire.ts';

const BATCHES = '/v1beta/batches';
const ID_LENGTH = 36;
const TYPE = 'type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch';
const STATES = ['BATCH_STATE_PENDING', 'BATCH_STATE_RUNNING', 'BATCH_STATE_SUCCEEDED'] as const;
const CANCELLED = 'BATCH_STATE_CANCELLED';

const gone = googleError(404, 'Requested entity was not found.');

function answer(value: unknown, context: DialectContext): Reply {
  const headers = googleHeaders(context, JSON_TYPE);
  return { kind: 'json', status: 200, headers, body: document(json(value)), tokens: 0 };
}

/** One request of a batch, and what its answer is told by. */
interface Line {
  readonly request: Body;
  readonly label: Body;
}

function parsedLine(text: string): Body {
  try {
    const value: unknown = JSON.parse(text);
    return isBody(value) ? value : {};
  } catch {
    return {};
  }
}

/** The requests that stand in the batch itself, or in a file of it, a line each. */
function linesOf(batch: Body, context: DialectContext): readonly Line[] | undefined {
  const config = batch['inputConfig'] ?? batch['input_config'];
  if (!isBody(config)) return undefined;
  const file = asText(config['fileName'] ?? config['file_name']);
  const asLine = (one: Body, label: Body): Line => ({ request: isBody(one['request']) ? one['request'] : {}, label });
  if (file !== '') {
    const text = storedFile(file, context.objects)?.content.toString();
    const lines = text?.split('\n').filter((line) => line.trim() !== '');
    return lines?.map(parsedLine).map((one) => asLine(one, { key: one['key'] }));
  }
  const inline = isBody(config['requests']) ? config['requests']['requests'] : undefined;
  return objectsIn(inline).map((one) =>
    asLine(one, one['metadata'] === undefined ? {} : { metadata: one['metadata'] }),
  );
}

function create(request: DialectRequest, context: DialectContext): Reply {
  const model = bareName(request.params['model'] ?? '');
  const unknown = missingModel(model, 'batchGenerateContent', request.path, context);
  if (unknown) return googleErrorReply(unknown, context);
  const batch = isBody(request.body) && isBody(request.body['batch']) ? request.body['batch'] : {};
  const lines = linesOf(batch, context);
  if (lines === undefined || lines.length === 0) {
    return googleErrorReply(
      googleError(400, '* BatchGenerateContentRequest.batch.input_config: no requests were given\n'),
      context,
    );
  }
  const id = context.random.alnum(ID_LENGTH).toLowerCase();
  const config = batch['inputConfig'] ?? batch['input_config'];
  const inFile = isBody(config) && (config['fileName'] ?? config['file_name']) !== undefined;
  const body = {
    name: `batches/${id}`,
    model: `models/${model}`,
    displayName: batch['displayName'] ?? batch['display_name'] ?? '',
  };
  const made = { id, body, hidden: { lines, inFile, createdAt: context.now() } };
  context.objects.put(BATCHES, made);
  return answer(shownBatch(made, request, context), context);
}

function answered({ request, label }: Line, model: string, context: DialectContext): Body {
  const name = bareName(asText(request['model'])) || model;
  const asked: DialectRequest = {
    method: 'POST',
    path: `/v1beta/models/${name}:generateContent`,
    params: { model: name },
    query: new URLSearchParams(),
    headers: {},
    body: request,
    rawBody: Buffer.alloc(0),
  };
  const reply = generateContent(asked, context) as JsonReply;
  const value = JSON.parse(reply.body) as Body;
  return reply.status < 400 ? { ...label, response: value } : { ...label, error: value['error'] };
}

/** The answers of a batch that is done: in the batch, or in a file where its requests came in one. */
function outputOf(batch: StoredObject, request: DialectRequest, context: DialectContext): Body {
  const known = batch.hidden['output'];
  if (isBody(known)) return known;
  const { lines, inFile } = batch.hidden as { lines: readonly Line[]; inFile: boolean };
  const answers = lines.map((line) => answered(line, bareName(asText(batch.body['model'])), context));
  const output = inFile
    ? {
        responsesFile: putGeminiFile({ asked: {}, mimeType: 'jsonl', content: jsonl(answers) }, request, context)[
          'name'
        ],
      }
    : { inlinedResponses: { inlinedResponses: answers } };
  context.objects.put(BATCHES, { ...batch, hidden: { ...batch.hidden, output } });
  return output;
}

const jsonl = (values: readonly unknown[]): Buffer => Buffer.from(values.map((value) => `${json(value)}\n`).join(''));

function stateOf({ hidden }: StoredObject, context: DialectContext): string {
  if (hidden['cancelledAt'] !== undefined) return CANCELLED;
  const passed = context.now() - Number(hidden['createdAt']);
  const stages = context.jobStageMs === 0 ? STATES.length : Math.floor(passed / context.jobStageMs);
  return STATES[Math.min(stages, STATES.length - 1)] ?? STATES[0];
}

/** The operation that stands for a batch. */
function shownBatch(batch: StoredObject, request: DialectRequest, context: DialectContext): Body {
  const { name, model, displayName } = batch.body;
  const { lines, createdAt, cancelledAt } = batch.hidden;
  const state = stateOf(batch, context);
  const succeeded = state === STATES[2];
  const over = succeeded || state === CANCELLED;
  const count = String(objectsIn(lines).length);
  const endedAt = Number(cancelledAt ?? Number(createdAt) + context.jobStageMs * 2);
  const output = succeeded ? outputOf(batch, request, context) : undefined;
  const stats = succeeded ? { successfulRequestCount: count } : { pendingRequestCount: count };
  const metadata = {
    '@type': TYPE,
    model,
    displayName,
    ...(output === undefined ? {} : { output }),
    createTime: exactTime(Number(createdAt)),
    ...(over ? { endTime: exactTime(endedAt) } : {}),
    updateTime: exactTime(over ? endedAt : Number(createdAt)),
    batchStats: { requestCount: count, ...stats },
    state,
    name,
  };
  return { name, metadata, ...(over ? { done: true } : {}), ...(output === undefined ? {} : { response: output }) };
}

type WithBatch = (batch: StoredObject, request: DialectRequest, context: DialectContext) => Reply;

function found(then: WithBatch): Operation['handle'] {
  return (request, context) => {
    const batch = context.objects.get(BATCHES, request.params['id'] ?? '');
    return batch === undefined ? googleErrorReply(gone, context) : then(batch, request, context);
  };
}

const get = found((batch, request, context) => answer(shownBatch(batch, request, context), context));
const remove = found(({ id }, _request, context) => {
  context.objects.delete(BATCHES, id);
  return answer({}, context);
});
const cancel = found((batch, _request, context) => {
  const over = stateOf(batch, context) === STATES[2];
  if (!over) context.objects.put(BATCHES, { ...batch, hidden: { ...batch.hidden, cancelledAt: context.now() } });
  return answer({}, context);
});

function list(request: DialectRequest, context: DialectContext): Reply {
  const { entries, nextPageToken } = geminiPage(context.objects.all(BATCHES).toReversed(), request.query);
  if (entries.length === 0) return answer({}, context);
  return answer({ operations: entries.map((batch) => shownBatch(batch, request, context)), nextPageToken }, context);
}

export const geminiBatchOperations: readonly Operation[] = VERSIONS.flatMap((version): readonly Operation[] => {
  const all = `/${version}/batches`;
  const one = `${all}/{id}`;
  const family = 'gemini';
  return [
    {
      id: 'batchGenerateContent',
      family,
      method: 'POST',
      path: `/${version}/models/{model}:batchGenerateContent`,
      reads: MODEL_IN_PATH,
      handle: create,
    },
    { id: 'gemini.batches.list', family, method: 'GET', path: all, handle: list },
    { id: 'gemini.batches.get', family, method: 'GET', path: one, handle: get },
    { id: 'gemini.batches.cancel', family, method: 'POST', path: `${one}:cancel`, handle: cancel },
    { id: 'gemini.batches.delete', family, method: 'DELETE', path: one, handle: remove },
  ];
});
