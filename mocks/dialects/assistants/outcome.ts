import { modelFacts } from '../../generation/models.ts';
import { unixSeconds } from '../stored-object.ts';
import type { DialectContext, StoredObject } from '../reply.ts';
import type { Body } from '../validate.ts';
import type { CalledFunction, RunAnswer, RunUsage, ToolRound } from './answer.ts';
import { messageBody, textPart } from './message.ts';
import type { Emit } from './run-events.ts';
import { change, messagesOf, stepsOf, textOf } from './store.ts';

/** A run at the moment it speaks. */
export interface Speaking {
  readonly run: StoredObject;
  readonly context: DialectContext;
  readonly emit: Emit;
  /** Unix seconds. */
  readonly at: number;
}

export function pieces(text: string, { run, context }: Speaking): readonly string[] {
  return context.tokenizer.pieces(text, modelFacts(textOf(run, 'model')).encoding);
}

function placeOf({ run }: Speaking): string {
  return stepsOf(textOf(run, 'thread_id'), run.id);
}

function stepBody(run: StoredObject, id: string, at: number, details: Body): Body {
  return {
    id,
    object: 'thread.run.step',
    created_at: at,
    run_id: run.id,
    assistant_id: run.body['assistant_id'],
    thread_id: run.body['thread_id'],
    type: details['type'],
    status: 'in_progress',
    cancelled_at: null,
    completed_at: null,
    expires_at: run.body['expires_at'],
    expired_at: null,
    failed_at: null,
    last_error: null,
    step_details: details,
    metadata: {},
    usage: null,
  };
}

/** A step that was never taken, for servers that are lenient about ids. */
export function inventedStep(run: StoredObject, id: string, context: DialectContext): Body {
  const at = unixSeconds(context);
  const message = `msg_${context.random.alnum(24)}`;
  const details = { type: 'message_creation', message_creation: { message_id: message } };
  return { ...stepBody(run, id, at, details), status: 'completed', completed_at: at };
}

export function beginStep(speaking: Speaking, details: Body): StoredObject {
  const { run, context, emit, at } = speaking;
  const id = `step_${context.random.alnum(24)}`;
  const body = stepBody(run, id, at, details);
  const step: StoredObject = { id, body, hidden: {} };
  context.objects.put(placeOf(speaking), step);
  emit('thread.run.step.created', body);
  emit('thread.run.step.in_progress', body);
  return step;
}

export function completeStep(speaking: Speaking, step: StoredObject, details: unknown, usage: unknown): void {
  const fields = { status: 'completed', completed_at: speaking.at, step_details: details, usage };
  const done = change(placeOf(speaking), step, fields, speaking.context);
  speaking.emit('thread.run.step.completed', done.body, 'close');
}

/** The message that a run ends with; `annotations` belong to marks at the end of its text. */
export function speak(
  speaking: Speaking,
  answer: RunAnswer & { readonly kind: 'text' },
  annotations: readonly Body[] = [],
): void {
  const { run, context, emit, at } = speaking;
  const thread = textOf(run, 'thread_id');
  const fields = { role: 'assistant', assistant: textOf(run, 'assistant_id'), run: run.id };
  const begun = messageBody(thread, { ...fields, content: [], status: 'in_progress' }, {}, context);
  const details = { type: 'message_creation', message_creation: { message_id: begun['id'] } };
  const step = beginStep(speaking, details);
  emit('thread.message.created', begun);
  emit('thread.message.in_progress', begun);
  for (const [index, value] of pieces(answer.text, speaking).entries()) {
    const text = index === 0 ? { value, annotations: [] } : { value };
    const delta = { content: [{ index: 0, type: 'text', text }] };
    emit('thread.message.delta', { id: begun['id'], object: 'thread.message.delta', delta }, 'content');
  }
  for (const [index, annotation] of annotations.entries()) {
    const text = { annotations: [{ index, ...annotation }] };
    const delta = { content: [{ index: 0, type: 'text', text }] };
    emit('thread.message.delta', { id: begun['id'], object: 'thread.message.delta', delta }, 'content');
  }
  const end = answer.cut
    ? { status: 'incomplete', incomplete_details: { reason: 'max_tokens' }, incomplete_at: at }
    : { status: 'completed', completed_at: at };
  const body = { ...begun, ...end, content: [textPart(answer.text, annotations)] };
  context.objects.put(messagesOf(thread), { id: String(begun['id']), body, hidden: {} });
  emit(`thread.message.${end.status}`, body, 'close');
  completeStep(speaking, step, details, answer.usage);
}

function shownCall(call: CalledFunction, output: string | null): Body {
  return { id: call.id, type: 'function', function: { name: call.name, arguments: call.arguments, output } };
}

function emitCall(speaking: Speaking, step: StoredObject, call: CalledFunction, index: number): void {
  const delta = (made: Body, kind: 'open' | 'content'): void => {
    const details = { type: 'tool_calls', tool_calls: [{ index, ...made }] };
    const data = { id: step.id, object: 'thread.run.step.delta', delta: { step_details: details } };
    speaking.emit('thread.run.step.delta', data, kind);
  };
  delta({ id: call.id, type: 'function', function: { name: call.name, arguments: '', output: null } }, 'open');
  for (const piece of pieces(call.arguments, speaking)) {
    delta({ type: 'function', function: { arguments: piece } }, 'content');
  }
}

/** The step of a run that waits for its tools; it stays in progress until they have answered. */
export function callTools(speaking: Speaking, calls: readonly CalledFunction[]): void {
  const step = beginStep(speaking, { type: 'tool_calls', tool_calls: [] });
  for (const [index, call] of calls.entries()) emitCall(speaking, step, call, index);
  const details = { type: 'tool_calls', tool_calls: calls.map((call) => shownCall(call, null)) };
  change(placeOf(speaking), step, { step_details: details }, speaking.context);
}

/** Ends the step that waited for tools. */
export function toolsAnswered(speaking: Speaking, { calls, outputs }: ToolRound, usage: RunUsage | null): void {
  const step = speaking.context.objects.all(placeOf(speaking)).at(-1);
  if (step === undefined) return;
  const shown = calls.map((call) => shownCall(call, outputs[call.id] ?? null));
  completeStep(speaking, step, { type: 'tool_calls', tool_calls: shown }, usage);
}

/** Ends steps that were under way when the run itself ended. */
export function endSteps(speaking: Speaking, status: 'cancelled' | 'failed' | 'expired'): void {
  const { context, emit, at } = speaking;
  const place = placeOf(speaking);
  for (const step of context.objects.all(place)) {
    if (step.body['status'] !== 'in_progress') continue;
    const ended = change(place, step, { status, [`${status}_at`]: at }, context);
    emit(`thread.run.step.${status}`, ended.body, 'close');
  }
}
