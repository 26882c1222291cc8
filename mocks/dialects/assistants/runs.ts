import { answerJson } from '../answer.ts';
import { asText, objectsIn } from '../content.ts';
import { badRequest, missingField } from '../errors.ts';
import { successHeaders } from '../headers.ts';
import { listReply, merged, refusedMetadata } from '../stored-object.ts';
import type { DialectContext, DialectRequest, JsonReply, Operation, Reply, StoredObject } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import { addMessage } from './message.ts';
import { activeRun, isActive, RunProgress, settled, settledRuns } from './progress.ts';
import { inventedStep } from './outcome.ts';
import { assistantFor, inventedRun, keepRun, refusedBusy } from './run.ts';
import { RunEvents } from './run-events.ts';
import { change, fieldsOf, noneFound, onThread, runsOf, stepsOf, textOf, THREADS } from './store.ts';
import { refusedThread, startThread } from './threads.ts';

/** The run, with the provider's hint how long to wait before asking again. */
function shown(run: StoredObject, context: DialectContext): JsonReply {
  const reply = answerJson(context, run.body);
  if (!isActive(run)) return reply;
  return { ...reply, headers: [...reply.headers, ['openai-poll-after-ms', String(Math.max(1, context.jobStageMs))]] };
}

/** The whole rest of a run at once, told event by event. */
function streamed(run: StoredObject, events: RunEvents, context: DialectContext): Reply {
  const progress = new RunProgress(run, context, events.emit);
  progress.begin();
  progress.answer();
  const headers = successHeaders(context, 'text/event-stream; charset=utf-8');
  return { kind: 'stream', status: 200, headers, events: events.finished(), billed: progress.billed };
}

interface Start {
  readonly thread: StoredObject;
  readonly assistant: StoredObject;
  readonly asked: Body;
  /** The thread was made for this run. */
  readonly fresh: boolean;
}

function started({ thread, assistant, asked, fresh }: Start, context: DialectContext): Reply {
  for (const message of objectsIn(asked['additional_messages'])) addMessage(thread.id, message, context);
  const run = keepRun({ thread: thread.id, assistant, asked }, context);
  if (asked['stream'] !== true) return shown(run, context);
  const events = new RunEvents();
  if (fresh) events.emit('thread.created', thread.body);
  events.emit('thread.run.created', run.body);
  events.emit('thread.run.queued', run.body);
  return streamed(run, events, context);
}

function create(thread: StoredObject, request: DialectRequest, context: DialectContext): Reply {
  const asked = fieldsOf(request);
  const found = assistantFor(asked, context);
  if ('refused' in found) return found.refused;
  const busy = refusedBusy(thread.id, activeRun(thread.id, context), context);
  return busy ?? started({ thread, assistant: found.assistant, asked, fresh: false }, context);
}

function createWithThread(request: DialectRequest, context: DialectContext): Reply {
  const asked = fieldsOf(request);
  const wanted = isBody(asked['thread']) ? asked['thread'] : {};
  const found = assistantFor(asked, context);
  if ('refused' in found) return found.refused;
  const refused = refusedThread(wanted, 'thread.', context);
  if (refused) return refused;
  return started({ thread: startThread(wanted, context), assistant: found.assistant, asked, fresh: true }, context);
}

function list(thread: StoredObject, request: DialectRequest, context: DialectContext): Reply {
  const bodies = settledRuns(thread.id, context).map(({ body }) => body);
  return listReply(context, request.query, bodies);
}

type Handler = (run: StoredObject, request: DialectRequest, context: DialectContext) => Reply;

function onRun(handler: Handler): Operation['handle'] {
  return onThread((thread, request, context) => {
    const id = request.params['run_id'] ?? '';
    const run = context.objects.get(runsOf(thread.id), id) ?? inventedRun(thread.id, id, context);
    if (!run) return noneFound('run', id, context);
    const progress = settled(run, context);
    const reply = handler(progress.run, request, context);
    return progress.billed === undefined ? reply : { ...reply, billed: progress.billed };
  });
}

function modify(run: StoredObject, request: DialectRequest, context: DialectContext): Reply {
  const asked = fieldsOf(request);
  const refused = refusedMetadata(asked, context);
  if (refused) return refused;
  const place = runsOf(textOf(run, 'thread_id'));
  return shown(change(place, run, merged({}, asked, ['metadata']), context), context);
}

function cancel(run: StoredObject, _request: DialectRequest, context: DialectContext): Reply {
  if (!isActive(run)) return badRequest(context, `Cannot cancel run with status '${textOf(run, 'status')}'.`);
  if (run.body['status'] === 'cancelling') return shown(run, context);
  const progress = new RunProgress(run, context);
  progress.beginCancelling();
  return shown(progress.run, context);
}

const names = (ids: readonly string[]): string => `[${ids.map((id) => `'${id}'`).join(', ')}]`;

function submit(run: StoredObject, request: DialectRequest, context: DialectContext): Reply {
  const asked = fieldsOf(request);
  if (!Array.isArray(asked['tool_outputs'])) return missingField(context, 'tool_outputs');
  if (run.body['status'] !== 'requires_action') {
    return badRequest(context, `Runs in status "${textOf(run, 'status')}" do not accept tool outputs.`);
  }
  const given = objectsIn(asked['tool_outputs']);
  const answered = given.map((one) => asText(one['tool_call_id']));
  const events = new RunEvents();
  const progress = new RunProgress(run, context, events.emit);
  const waiting = progress.waitingCalls.map(({ id }) => id);
  if (waiting.length !== answered.length || waiting.some((id) => !answered.includes(id))) {
    return badRequest(context, `Expected tool outputs for call_ids ${names(waiting)}, got ${names(answered)}`);
  }
  const outputs = Object.fromEntries(given.map((one) => [asText(one['tool_call_id']), asText(one['output'])]));
  progress.continueWith(outputs);
  return asked['stream'] === true ? streamed(progress.run, events, context) : shown(progress.run, context);
}

function listSteps(run: StoredObject, request: DialectRequest, context: DialectContext): Reply {
  const steps = context.objects.all(stepsOf(textOf(run, 'thread_id'), run.id));
  return listReply(
    context,
    request.query,
    steps.map(({ body }) => body),
  );
}

function showStep(run: StoredObject, request: DialectRequest, context: DialectContext): Reply {
  const id = request.params['step_id'] ?? '';
  const step = context.objects.get(stepsOf(textOf(run, 'thread_id'), run.id), id);
  if (step) return answerJson(context, step.body);
  return context.lenientIds ? answerJson(context, inventedStep(run, id, context)) : noneFound('run step', id, context);
}

const RUNS = `${THREADS}/{thread_id}/runs`;
const RUN = `${RUNS}/{run_id}`;

/** Runs of assistants over threads, and their steps. */
export const runOperations: readonly Operation[] = [
  { id: 'threads.create_and_run', method: 'POST', path: `${THREADS}/runs`, handle: createWithThread },
  { id: 'threads.runs.create', method: 'POST', path: RUNS, handle: onThread(create) },
  { id: 'threads.runs.list', method: 'GET', path: RUNS, handle: onThread(list) },
  {
    id: 'threads.runs.retrieve',
    method: 'GET',
    path: RUN,
    handle: onRun((run, _request, context) => shown(run, context)),
  },
  { id: 'threads.runs.update', method: 'POST', path: RUN, handle: onRun(modify) },
  { id: 'threads.runs.cancel', method: 'POST', path: `${RUN}/cancel`, handle: onRun(cancel) },
  { id: 'threads.runs.submit_tool_outputs', method: 'POST', path: `${RUN}/submit_tool_outputs`, handle: onRun(submit) },
  { id: 'threads.runs.steps.list', method: 'GET', path: `${RUN}/steps`, handle: onRun(listSteps) },
  { id: 'threads.runs.steps.retrieve', method: 'GET', path: `${RUN}/steps/{step_id}`, handle: onRun(showStep) },
];
