import { unsupportedChoice } from '../../refusals/sentences.ts';
import { badRequest, refuse } from '../../dialects/errors.ts';
import { operations } from '../../dialects/index.ts';
import type { JsonReply, Reply, StoredObject } from '../../dialects/reply.ts';
import type { BatchLine } from '../batch-lines.ts';
import { readLines, runLine } from '../batch-lines.ts';
import { shown } from '../operations.ts';
import type { Making, Place, Resource } from '../resource.ts';
import type { Fields } from '../shape.ts';
import type { Stage } from '../stages.ts';
import { halted, staged, underWay } from '../stages.ts';
import { change } from '../store.ts';
import { addFile, fileOf, refusedFile } from './files.ts';
import { textOf } from '../fields.ts';

const WINDOW_SECONDS = 86_400;

function linesOf(object: StoredObject, place: Place): ReturnType<typeof readLines> {
  const file = fileOf(object.body['input_file_id'], place.context);
  return readLines(file?.content ?? Buffer.alloc(0), textOf(object.body['endpoint']));
}

function begun(object: StoredObject, place: Place, seconds: number): Fields {
  const { lines, faults } = linesOf(object, place);
  if (faults.length > 0) {
    const errors = { object: 'list', data: faults };
    return { status: 'failed', errors, failed_at: seconds, in_progress_at: undefined };
  }
  const model = lines[0]?.body['model'];
  const counted = { request_counts: { total: lines.length, completed: 0, failed: 0 } };
  return typeof model === 'string' ? { ...counted, model } : counted;
}

interface Written {
  readonly output: string[];
  readonly errors: string[];
  input: number;
  generated: number;
}

function written(lines: readonly BatchLine[], object: StoredObject, place: Place): Written {
  const sum: Written = { output: [], errors: [], input: 0, generated: 0 };
  for (const line of lines) {
    const { text, failed, input, output } = runLine(line, textOf(object.body['endpoint']), place.context);
    (failed ? sum.errors : sum.output).push(text);
    sum.input += input;
    sum.generated += output;
  }
  return sum;
}

function ran(object: StoredObject, place: Place): Fields {
  const { lines } = linesOf(object, place);
  const { output, errors, input, generated } = written(lines, object, place);
  const fileFor = (kind: string, texts: readonly string[]): string | undefined => {
    if (texts.length === 0) return undefined;
    const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''));
    return addFile(place.context, { filename: `${object.id}_${kind}.jsonl`, purpose: 'batch_output', bytes }).id;
  };
  return {
    output_file_id: fileFor('output', output),
    error_file_id: fileFor('error', errors),
    request_counts: { total: lines.length, completed: output.length, failed: errors.length },
    usage: {
      input_tokens: input,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: generated,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: input + generated,
    },
  };
}

const ORDER =
  'id object endpoint model errors input_file_id completion_window status output_file_id error_file_id created_at ' +
  'in_progress_at expires_at finalizing_at completed_at failed_at expired_at cancelling_at cancelled_at ' +
  'request_counts usage metadata';

const STAGES: readonly Stage[] = [
  { status: 'validating' },
  { status: 'in_progress', stamp: 'in_progress_at', enter: begun },
  { status: 'finalizing', stamp: 'finalizing_at' },
  { status: 'completed', stamp: 'completed_at', enter: ran },
];
const progress = staged(STAGES);

function settle(object: StoredObject, place: Place): StoredObject {
  if (object.body['status'] !== 'cancelling') return progress(object, place);
  const due = Number(object.hidden['cancelledAt']) + place.context.jobStageMs;
  if (place.context.now() < due) return object;
  return change(place, object, { status: 'cancelled', cancelled_at: Math.floor(due / 1000) });
}

function cancel(object: StoredObject, place: Place): Reply {
  const status = textOf(object.body['status']);
  if (status === 'cancelling' || status === 'cancelled') return shown(object, place);
  if (!underWay(object, STAGES)) {
    return badRequest(place.context, `Cannot cancel a batch with status '${status}'.`);
  }
  const now = place.context.now();
  const cancelling = halted(object, place, { status: 'cancelling', cancelling_at: Math.floor(now / 1000) });
  return shown(change(place, cancelling, {}, { cancelledAt: now }), place);
}

function refused(making: Omit<Making, 'id'>): JsonReply | undefined {
  const { body, context } = making;
  const { endpoint, completion_window: window } = body;
  if (!operations.some(({ method, path }) => method === 'POST' && path === endpoint)) {
    const message = `Invalid value: '${textOf(endpoint)}'. It is not an endpoint that batches can call.`;
    return badRequest(context, message, 'endpoint', 'invalid_value');
  }
  if (window !== '24h') {
    return refuse(context, unsupportedChoice('completion_window', window ?? '', ['24h']));
  }
  return refusedFile('input_file_id', making);
}

export const batches: Resource = {
  name: 'batches',
  doc: 'Batches that run their lines: validating, in_progress, finalizing, completed, with output and error files',
  path: '/v1/batches',
  param: 'batch_id',
  id: { prefix: 'batch_', hex: 32 },
  shape: 'batches#Batch',
  verbs: ['create', 'list', 'retrieve'],
  required: ['input_file_id', 'endpoint', 'completion_window'],
  refuse: refused,
  make: ({ now }) => ({
    fields: {
      status: 'validating',
      expires_at: now + WINDOW_SECONDS,
      request_counts: { total: 0, completed: 0, failed: 0 },
    },
  }),
  order: ORDER.split(' '),
  missing: (id) => ({ message: `No batch found with id '${id}'.` }),
  settle,
  actions: [{ name: 'cancel', method: 'POST', suffix: '/cancel', act: cancel }],
  announces: {
    completed: 'batch.completed',
    failed: 'batch.failed',
    expired: 'batch.expired',
    cancelled: 'batch.cancelled',
  },
};
