import type { Run } from 'openai/resources/beta/threads/runs/runs';
import { expect, test } from 'vitest';
import type { DialectContext } from '../reply.ts';
import { bodyOf, call, TEST_NOW, testContext } from '../testing.ts';

const tools = [{ type: 'function', function: { name: 'get_weather', parameters: { type: 'object', properties: {} } } }];

/** A run at a clock that the test moves; a stage is 100 ms. */
function runAt(start: Partial<DialectContext> = {}, messages = [{ role: 'user', content: 'weather?' }], more = {}) {
  let now = TEST_NOW * 1000;
  const context = testContext({ now: () => now, jobStageMs: 100, ...start });
  const body = { model: 'gpt-4o', ...more };
  const assistant = bodyOf(call('assistants.create', { body }, context)) as { id: string };
  const thread = { messages };
  const made = bodyOf(call('threads.create_and_run', { body: { assistant_id: assistant.id, thread } }, context)) as Run;
  const params = { thread_id: made.thread_id, run_id: made.id };
  return {
    made,
    params,
    context,
    pass: (ms: number) => void (now += ms),
    retrieved: (over: Partial<DialectContext> = {}) =>
      bodyOf(call('threads.runs.retrieve', { params }, { ...context, ...over })) as Run,
  };
}

test('a run waits a stage in the queue, works for one, and is completed', () => {
  const run = runAt();
  expect([run.made.status, run.made.started_at, run.made.usage]).toEqual(['queued', null, null]);
  run.pass(99);
  expect(run.retrieved().status).toBe('queued');
  run.pass(1);
  expect(run.retrieved()).toMatchObject({ status: 'in_progress', started_at: TEST_NOW });
  run.pass(100);
  expect(run.retrieved()).toMatchObject({ status: 'completed', completed_at: TEST_NOW, expires_at: null });
});

test('active runs carry a hint when to ask again, others do not', () => {
  const run = runAt();
  const hint = () =>
    call('threads.runs.retrieve', { params: run.params }, run.context).headers.find(
      ([name]) => name === 'openai-poll-after-ms',
    )?.[1];
  expect(hint()).toBe('100');
  run.pass(200);
  expect(hint()).toBeUndefined();
});

test('tools without an answer let the run expire after ten minutes, its step with it', () => {
  const run = runAt({}, undefined, { tools });
  run.pass(200);
  expect(run.retrieved().status).toBe('requires_action');
  run.pass(601_000);
  expect(run.retrieved()).toMatchObject({ status: 'expired', required_action: null });
  const steps = bodyOf(call('threads.runs.steps.list', { params: run.params }, run.context));
  expect(steps).toMatchObject({ data: [{ status: 'expired', expired_at: TEST_NOW + 601 }] });
});

test('answered tools put the run back into the queue, and its usage adds up', () => {
  const run = runAt({}, undefined, { tools });
  run.pass(200);
  const [waiting] = run.retrieved().required_action!.submit_tool_outputs.tool_calls;
  const tool_outputs = [{ tool_call_id: waiting!.id, output: 'sunny' }];
  const body = { tool_outputs };
  const queued = bodyOf(call('threads.runs.submit_tool_outputs', { params: run.params, body }, run.context));
  expect(queued).toMatchObject({ status: 'queued', required_action: null });
  run.pass(200);
  const done = run.retrieved();
  const steps = bodyOf(call('threads.runs.steps.list', { params: run.params }, run.context)) as {
    data: readonly { usage: { total_tokens: number } }[];
  };
  expect(done.status).toBe('completed');
  expect(done.usage!.total_tokens).toBe(steps.data[0]!.usage.total_tokens + steps.data[1]!.usage.total_tokens);
});

test('what the model refuses fails the run with its message', () => {
  const run = runAt();
  run.pass(200);
  const failed = run.retrieved({ models: ['another'] });
  expect(failed).toMatchObject({ status: 'failed', failed_at: TEST_NOW, last_error: { code: 'server_error' } });
  expect(failed.last_error!.message).toContain('does not exist');
});

test('an empty thread is answered too', () => {
  const run = runAt({}, []);
  run.pass(200);
  expect(run.retrieved().status).toBe('completed');
});

test('a script that was there when the run began speaks once', () => {
  const run = runAt({ scripted: { toolCalls: [{ name: 'get_weather', arguments: {} }] } }, undefined, { tools });
  run.pass(200);
  const plain = { scripted: undefined };
  const [waiting] = run.retrieved(plain).required_action!.submit_tool_outputs.tool_calls;
  const body = { tool_outputs: [{ tool_call_id: waiting!.id, output: 'sunny' }] };
  call('threads.runs.submit_tool_outputs', { params: run.params, body }, { ...run.context, ...plain });
  run.pass(200);
  expect(run.retrieved(plain).status).toBe('completed');
});

test('the answer that completes a run is billed, once', () => {
  const run = runAt();
  run.pass(200);
  const billed = () => call('threads.runs.retrieve', { params: run.params }, run.context).billed;
  const { usage } = run.retrieved({ now: () => TEST_NOW * 1000 });
  expect(usage).toBeNull();
  const first = billed();
  expect(first).toEqual({
    input: run.retrieved().usage!.prompt_tokens,
    output: run.retrieved().usage!.completion_tokens,
  });
  expect(billed()).toBeUndefined();
});
