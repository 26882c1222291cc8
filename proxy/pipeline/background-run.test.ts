import { expect, test } from 'vitest';
import type { ResponseRecord } from '../responses-state/record.ts';
import { BackgroundRun } from './background-run.ts';

const overlay = { id: 'resp_own', store: true, background: true };

function bench(streams = true, limit = 10_000) {
  const states: unknown[][] = [];
  const record: ResponseRecord = {
    id: 'resp_own',
    response: { id: 'resp_own', status: 'queued', output: [] },
    input: [],
    context: [],
    background: true,
  };
  const run = new BackgroundRun({
    record,
    overlay,
    streams,
    limit,
    onChange: ({ response }, last) => states.push([response['status'], last]),
  });
  return { run, states };
}

const event = (type: string, more: object = {}): Buffer =>
  Buffer.from(`data: ${JSON.stringify({ type, ...more })}\n\n`);
const completed = event('response.completed', { response: { id: 'resp_up', status: 'completed', output: [1] } });

test('a run goes from queued over in progress to its end, and keeps its events', () => {
  const { run, states } = bench();
  run.head(200, []);
  run.write(Buffer.from(': keep-alive\n\n'));
  run.write(event('response.created', { response: { id: 'resp_up', status: 'in_progress' } }));
  run.write(Buffer.concat([event('response.output_text.delta', { delta: 'x' }), completed]));
  run.end();
  expect(states).toEqual([
    ['in_progress', false],
    ['completed', true],
  ]);
  expect(run.record.response).toMatchObject({ id: 'resp_own', status: 'completed', background: true, output: [1] });
  expect(run.record.events).toHaveLength(3);
  expect(run.events).toHaveLength(3);
  expect([run.isOver, run.closed]).toEqual([true, true]);
});

test.each([
  [
    'a refusal',
    (run: BackgroundRun) => (run.head(400, []), run.end(Buffer.from('{"error":{"message":"no","code":"bad"}}'))),
    { code: 'bad', message: 'no' },
  ],
  [
    'an error event',
    (run: BackgroundRun) => (run.head(200, []), void run.write(event('error', { message: 'broke', code: 'x' }))),
    { code: 'x', message: 'broke' },
  ],
  ['a cut', (run: BackgroundRun) => (run.head(200, []), run.cut()), { code: 'server_error' }],
])('%s makes it fail', (_what, go, error) => {
  const { run, states } = bench();
  go(run);
  expect(states).toEqual([['failed', true]]);
  expect(run.record.response).toMatchObject({ status: 'failed', error });
});

test('one that grows too large is stopped, and its endpoint let go', () => {
  const { run, states } = bench(true, 100);
  let left = 0;
  run.onLeave(() => (left += 1));
  run.head(200, []);
  run.write(event('response.output_text.delta', { delta: 'x'.repeat(200) }));
  expect(states).toEqual([['failed', true]]);
  expect(left).toBe(1);
  run.write(completed);
  expect(run.record.response['status']).toBe('failed');
});

test('watchers hear of events and of the end; without a stream no events are kept', () => {
  const { run } = bench(false);
  let heard = 0;
  const stop = run.watch(() => (heard += 1));
  run.head(200, []);
  run.write(event('response.output_text.delta', { delta: 'x' }));
  run.write(completed);
  expect(heard).toBe(2);
  stop();
  expect(run.record.events).toBeUndefined();
});
