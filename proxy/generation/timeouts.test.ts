import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { attemptRecord } from '../telemetry/attempt-record.ts';
import { Attempt, type AttemptEnd, type AttemptEvents } from './attempt.ts';
import {
  chunk,
  COMPLETION,
  DONE,
  endpoint,
  FakeCandidates,
  FakeLease,
  FakeUpstream,
  generationRequest,
  JSON_HEAD,
  type RequestOptions,
  SeenBy,
  STREAM_HEAD,
  TIMEOUTS,
  tools,
  turn,
} from './generation.fixture.ts';
import { Generation } from './generation.ts';
import type { GenerationRequest } from './request.ts';
import { attemptBound, callTimeouts } from './timeouts.ts';
import { UsageRefusals } from './usage-refusals.ts';

const OPAQUE: GenerationRequest['opaque'] = {
  family: 'images',
  api: 'openai' as const,
  model: 'm',
  inQuery: [],
  body: undefined,
  fresh: false,
};
const streaming: RequestOptions = { facts: { stream: true } };

function attempt(options: RequestOptions = {}, opaque?: GenerationRequest['opaque']) {
  const upstream = new FakeUpstream();
  const clock = new ManualClock();
  const ends: AttemptEnd[] = [];
  const chunks: Buffer[] = [];
  const events: AttemptEvents = {
    sent: () => undefined,
    firstEvent: () => undefined,
    committed: () => undefined,
    push: (bytes) => void chunks.push(bytes),
    log: () => chunks,
    ended: (end) => void ends.push(end),
  };
  const lease = new FakeLease(endpoint('a'));
  const request = { ...generationRequest(options), ...(opaque ? { opaque } : {}) };
  const usageRefusals = new UsageRefusals(clock);
  const made = new Attempt({
    request,
    lease,
    timeouts: TIMEOUTS,
    record: attemptRecord(lease.endpoint, 1, clock.monotonic()),
    upstream,
    clock,
    usageRefusals,
    events,
  });
  made.start();
  return { upstream, clock, ends, lease };
}

test('a stream that drips without content is given up at first_content, whatever signs of life it gives', () => {
  const { upstream, clock, ends, lease } = attempt(streaming);
  const { handler, calls } = upstream.last;
  clock.advance(400);
  handler.onHead(200, STREAM_HEAD);
  for (const drip of [
    ': working\n\n',
    '\n\n',
    chunk({ role: 'assistant' }),
    chunk({ role: 'assistant', content: '' }),
  ]) {
    clock.advance(100);
    handler.onData(Buffer.from(drip));
  }
  clock.advance(199);
  expect(ends).toEqual([]);
  clock.advance(1);
  const outcome = { kind: 'timeout_first_content', reason: 'no content within 1000 ms' };
  expect(ends).toEqual([{ outcome, committed: false }]);
  expect([lease.released, calls, clock.timers]).toEqual([[outcome], ['abort'], 0]);
});

test('a head that never comes is given up at first_content as well', () => {
  const { clock, ends } = attempt(streaming);
  clock.advance(1_000);
  expect(ends).toMatchObject([{ outcome: { kind: 'timeout_first_content' }, committed: false }]);
});

test('once content flows, time alone ends nothing', () => {
  const { upstream, clock, ends } = attempt(streaming);
  upstream.last.handler.onHead(200, STREAM_HEAD);
  upstream.last.handler.onData(Buffer.from(chunk({ content: 'hi' })));
  expect(clock.timers).toBe(0);
  clock.advance(100_000);
  expect(ends).toEqual([]);
});

test('a JSON answer is bounded to its end, white space does not prolong it', () => {
  const { upstream, clock, ends } = attempt();
  upstream.last.handler.onHead(200, JSON_HEAD);
  clock.advance(1_999);
  upstream.last.handler.onData(Buffer.from(' '));
  expect(ends).toEqual([]);
  clock.advance(1);
  expect(ends).toMatchObject([{ outcome: { kind: 'timeout_answer', reason: 'no answer within 2000 ms' } }]);
  expect(upstream.last.calls).toEqual(['abort']);
});

test('a JSON answer that is too large to be held back is bounded to its end too', () => {
  const { upstream, clock, ends } = attempt();
  upstream.last.handler.onHead(200, JSON_HEAD);
  upstream.last.handler.onData(Buffer.alloc(17 * 1024 * 1024, 0x20));
  clock.advance(2_000);
  expect(ends).toMatchObject([{ outcome: { kind: 'timeout_answer' }, committed: true }]);
});

test('an answer that is not interpreted is bounded until it begins', () => {
  const late = attempt({}, OPAQUE);
  late.upstream.last.handler.onHead(200, {});
  late.clock.advance(2_000);
  expect(late.ends).toMatchObject([{ outcome: { kind: 'timeout_answer' }, committed: false }]);
  const begun = attempt({}, OPAQUE);
  begun.upstream.last.handler.onHead(200, {});
  begun.upstream.last.handler.onData(Buffer.from('x'));
  expect(begun.clock.timers).toBe(0);
});

test('an answer that came leaves no timer behind', () => {
  const { upstream, clock } = attempt();
  upstream.answer(200, JSON_HEAD, COMPLETION);
  expect(clock.timers).toBe(0);
});

test('what comes after the time is up changes nothing', () => {
  const { upstream, clock, ends } = attempt();
  clock.advance(2_000);
  upstream.answer(200, JSON_HEAD, COMPLETION);
  expect(ends).toHaveLength(1);
});

test('first_byte bounds the head of a stream alone, idle what is passed on', () => {
  const { connectMs, firstByteMs, idleMs } = TIMEOUTS;
  const json = generationRequest();
  expect(callTimeouts(generationRequest(streaming), TIMEOUTS)).toEqual({ connectMs, firstByteMs, idleMs });
  expect(callTimeouts(json, TIMEOUTS)).toEqual({ connectMs, firstByteMs: 0, idleMs: 0 });
  expect(callTimeouts({ ...json, opaque: OPAQUE }, TIMEOUTS)).toEqual({ connectMs, firstByteMs: 0, idleMs });
  expect(attemptBound(json, TIMEOUTS)).toMatchObject({ ms: 2_000, untilCommit: false });
  expect(attemptBound({ ...json, opaque: OPAQUE }, TIMEOUTS)).toMatchObject({ ms: 2_000, untilCommit: true });
});

function generation(candidates: FakeCandidates, options: RequestOptions = streaming) {
  const upstream = new FakeUpstream();
  const setUp = tools(upstream);
  const made = new Generation({ request: generationRequest(options), candidates, retainBytes: 0 }, setUp.tools);
  const seen = new SeenBy();
  const attachment = made.flight.attach(seen);
  return { ...setUp, upstream, generation: made, seen, attachment };
}

test('total bounds all attempts together; the endpoint that had only the rest of it is not blamed', async () => {
  const candidates = new FakeCandidates(endpoint('a'), endpoint('b'), endpoint('c'));
  candidates.totalMs = 1_500;
  candidates.goesOn = true;
  const { clock, seen, generation: made, reports, upstream } = generation(candidates);
  made.start();
  clock.advance(1_000);
  await turn();
  expect(upstream.sent).toHaveLength(2);
  candidates.goesOn = false;
  clock.advance(500);
  await turn();
  expect(reports.attempts).toEqual(['m/a timeout_first_content', 'm/b timeout_total']);
  expect(candidates.outcomes).toEqual(['timeout_first_content', 'timeout_total']);
  expect(seen.ending).toMatchObject({
    kind: 'failed',
    failure: { attempts: 2, error: { code: 'upstream_timeout', headers: { 'x-should-retry': 'false' } } },
  });
  expect([clock.timers, candidates.leases.map(({ released }) => released.length)]).toEqual([0, [1, 1]]);
});

test('total ends with the commit: a stream that flows is not bounded by it', () => {
  const candidates = new FakeCandidates(endpoint('a'));
  const { clock, seen, generation: made, upstream } = generation(candidates);
  made.start();
  upstream.last.handler.onHead(200, STREAM_HEAD);
  upstream.last.handler.onData(Buffer.from(chunk({ content: 'hi' })));
  expect(clock.timers).toBe(0);
  clock.advance(1_000_000);
  expect(seen.ending).toBeUndefined();
  upstream.last.handler.onData(Buffer.from(chunk({}, 'stop') + DONE));
  upstream.last.handler.onEnd();
  expect(seen.ending).toEqual({ kind: 'done' });
});

test('total also bounds the search for an endpoint, and nothing is sent afterwards', async () => {
  const candidates = new FakeCandidates(endpoint('a'));
  const waits = Promise.withResolvers<void>();
  candidates.prepared = waits.promise;
  const { clock, seen, generation: made, upstream } = generation(candidates);
  made.start();
  clock.advance(10_000);
  expect(seen.ending).toMatchObject({
    kind: 'failed',
    failure: { error: { code: 'upstream_timeout', headers: { 'x-should-retry': 'false' } }, attempts: 0 },
  });
  waits.resolve();
  await turn();
  expect(upstream.sent).toEqual([]);
});

test('total may pass between two attempts: the failure before it is shown, and no other endpoint is asked', async () => {
  const candidates = new FakeCandidates(endpoint('a'), endpoint('b'));
  const { clock, seen, generation: made, upstream } = generation(candidates);
  made.start();
  upstream.answer(500, JSON_HEAD, '{}');
  clock.advance(10_000);
  await turn();
  expect(upstream.sent).toHaveLength(1);
  expect(seen.ending).toMatchObject({ kind: 'failed' });
});

test('a generation whose last follower leaves keeps no timer', () => {
  const { clock, generation: made, attachment } = generation(new FakeCandidates(endpoint('a')));
  made.start();
  expect(clock.timers).toBe(2);
  attachment.leave();
  expect(clock.timers).toBe(0);
});
