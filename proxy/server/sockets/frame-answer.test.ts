import { expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { FrameJob } from '../../pipeline/socket-way.ts';
import { responses } from '../../protocols/openai/responses.ts';
import type { Endpoint } from '../../routing/types.ts';
import { attemptRecord } from '../../telemetry/attempt-record.ts';
import type { GenerationRecord } from '../../telemetry/generation-record.ts';
import { ReceivedRequest } from '../../wire/http.ts';
import { FrameAnswer } from './frame-answer.ts';

const endpoint: Endpoint = {
  id: 'm/a',
  provider: 'openai',
  origin: 'http://a',
  basePath: '/v1',
  credential: { kind: 'none' },
  weight: 1,
  headers: {},
};
const timeouts = { connectMs: 1, firstByteMs: 1, firstContentMs: 1_000, idleMs: 500, answerMs: 1, totalMs: 1 };

function bench() {
  const clock = new ManualClock();
  const released: Outcome[] = [];
  const booked: GenerationRecord[] = [];
  const body = { model: 'm', input: 'hello there' };
  const head = { method: 'WS', path: '/responses', query: '', headers: {} };
  const facts = { ...responses.facts(body), stream: true };
  const view = new ReceivedRequest(head, [Buffer.from(JSON.stringify(body))]);
  const telemetry = {
    attempt: () => undefined,
    generation: (record: GenerationRecord) => void booked.push(record),
    fault: () => undefined,
    exchange: () => undefined,
  };
  const job = {
    request: { id: 'req_1', protocol: responses, view, facts, addsUsage: false },
    tools: { clock, telemetry },
  } as unknown as FrameJob;
  const lease = {
    endpoint,
    probe: false,
    firstEvent: () => undefined,
    release: (outcome: Outcome) => void released.push(outcome),
  };
  const answer = new FrameAnswer(job, { lease, timeouts, foreignSeals: false }, attemptRecord(endpoint, 1, 0));
  const take = (event: JsonObject): boolean => answer.take(Buffer.from(JSON.stringify(event)), event);
  return { clock, released, booked, answer, take };
}

const delta = { type: 'response.output_text.delta', delta: 'Hi', sequence_number: 2 };
const completed = {
  type: 'response.completed',
  sequence_number: 3,
  response: {
    id: 'resp_1',
    status: 'completed',
    output: [],
    usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5 },
  },
};

test('an answer ends with its last event, and its usage is booked once', async () => {
  const { clock, released, booked, answer, take } = bench();
  expect(take({ type: 'response.created', response: { id: 'resp_1' }, sequence_number: 0 })).toBe(false);
  clock.advance(40);
  expect(take(delta)).toBe(false);
  expect(take(completed)).toBe(true);
  expect(take(completed)).toBe(true);
  answer.cut('later');
  expect(await answer.ended).toMatchObject({ outcome: { kind: 'ok' }, usage: { input: 3, output: 2 }, ttftMs: 40 });
  expect(released).toHaveLength(1);
  expect(booked).toMatchObject([
    { operation: 'responses', endpoint: 'm/a', outcome: 'ok', stated: { input: 3, output: 2 }, ttftMs: 40 },
  ]);
});

test.each([
  ['no content', [], 1_000, 'timeout_first_content', undefined],
  [
    'silence within the answer',
    [delta],
    500,
    'timeout_idle',
    { input: expect.any(Number), output: expect.any(Number) },
  ],
])('%s ends it', async (_what, events, ms, kind, estimated) => {
  const { clock, answer, take, booked } = bench();
  for (const event of events) take(event);
  clock.advance(ms - 1);
  expect(booked).toEqual([]);
  clock.advance(1);
  expect(await answer.ended).toMatchObject({ outcome: { kind } });
  expect(booked).toMatchObject([{ outcome: kind, estimated }]);
});

test('an error event before any content says what became of the endpoint; after it, the answer has ended', async () => {
  const limited = bench();
  limited.take({
    type: 'error',
    status: 429,
    error: { type: 'rate_limit_error', code: 'rate_limit_exceeded', message: 'slow', headers: { 'retry-after': '3' } },
  });
  expect(await limited.answer.ended).toMatchObject({
    outcome: { kind: 'rate_limited', status: 429 },
    refusedWith: 429,
    usage: undefined,
  });
  const late = bench();
  late.take(delta);
  late.take({ type: 'error', status: 500, error: { message: 'broke' } });
  expect(await late.answer.ended).toMatchObject({ outcome: { kind: 'ok' }, refusedWith: 500 });
  const failed = bench();
  failed.take({
    type: 'response.failed',
    response: { id: 'resp_1', status: 'failed', error: { code: 'rate_limit_exceeded', message: 'Rate limit reached' } },
  });
  expect((await failed.answer.ended).outcome.kind).toBe('rate_limited');
});

test('one whose client leaves is estimated, and one that is cut is the endpoint’s', async () => {
  const left = bench();
  left.take(delta);
  left.answer.leave();
  expect(await left.answer.ended).toMatchObject({ outcome: { kind: 'client_left' } });
  expect(left.booked).toMatchObject([{ stated: undefined, estimated: { output: expect.any(Number) } }]);
  const cut = bench();
  cut.answer.cut('gone');
  expect(await cut.answer.ended).toMatchObject({ outcome: { kind: 'cut', reason: 'gone' } });
});
