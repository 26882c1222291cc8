import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { attemptRecord } from '../telemetry/attempt-record.ts';
import { Attempt, type AttemptEnd, type AttemptEvents } from './attempt.ts';
import {
  chunk,
  DONE,
  endpoint,
  FakeLease,
  FakeUpstream,
  generationRequest,
  JSON_HEAD,
  STREAM_HEAD,
  TIMEOUTS,
  turn,
} from './generation.fixture.ts';
import { mentionsUsage, UsageRefusals } from './usage-refusals.ts';

const REFUSAL = JSON.stringify({ error: { message: 'Extra inputs are not permitted: stream_options' } });
const ANSWER = [chunk({ role: 'assistant', content: 'hi' }), chunk({}, 'stop'), DONE];

function ask(body: object = {}, usageRefusals = new UsageRefusals(new ManualClock())) {
  const upstream = new FakeUpstream();
  const ends: AttemptEnd[] = [];
  const given: { abort(): void }[] = [];
  let text = '';
  const events: AttemptEvents = {
    sent: (controls) => void given.push(controls),
    firstEvent: () => undefined,
    committed: () => undefined,
    push: (bytes) => (text += bytes.toString()),
    log: () => [Buffer.from(text)],
    ended: (end) => void ends.push(end),
  };
  const lease = new FakeLease(endpoint('a'));
  const request = generationRequest({
    body: { model: 'm', messages: [], stream: true, ...body },
    facts: { stream: true },
    addsUsage: true,
  });
  const clock = new ManualClock();
  const attempt = new Attempt({
    request,
    lease,
    timeouts: TIMEOUTS,
    record: attemptRecord(lease.endpoint, 1, clock.monotonic()),
    upstream,
    clock,
    usageRefusals,
    events,
  });
  attempt.start();
  const bodyOf = (index: number): Record<string, unknown> => {
    const { body } = upstream.sent[index]!.request;
    return JSON.parse((body as Buffer).toString());
  };
  return { upstream, ends, lease, attempt, usageRefusals, bodyOf, abort: () => given[0]?.abort(), text: () => text };
}

test('an endpoint that refuses the added stream_options is asked again without them under the same lease', async () => {
  const { upstream, ends, lease, bodyOf, text } = ask();
  expect(bodyOf(0)).toMatchObject({ stream_options: { include_usage: true } });
  upstream.answer(400, JSON_HEAD, REFUSAL);
  await turn();
  expect(bodyOf(1)).not.toHaveProperty('stream_options');
  expect(lease.released).toEqual([]);
  upstream.answer(200, STREAM_HEAD, ...ANSWER);
  expect(ends).toMatchObject([{ outcome: { kind: 'ok' }, committed: true }]);
  expect(lease.released.map(({ kind }) => kind)).toEqual(['ok']);
  expect(text()).toBe(ANSWER.join(''));
});

test('a stream that begins with an error about the field is closed and repeated; what still comes of it is dropped', async () => {
  const { upstream, ends, bodyOf, text } = ask();
  const first = upstream.last;
  first.handler.onHead(200, STREAM_HEAD);
  first.handler.onData(
    Buffer.from(`data: ${JSON.stringify({ error: { message: 'unknown field include_usage' } })}\n\n`),
  );
  expect(first.calls).toEqual(['abort']);
  await turn();
  expect(bodyOf(1)).not.toHaveProperty('stream_options');
  first.handler.onHead(200, STREAM_HEAD);
  first.handler.onData(Buffer.from(chunk({ content: 'late' })));
  first.handler.onEnd();
  upstream.answer(200, STREAM_HEAD, ...ANSWER);
  expect(text()).toBe(ANSWER.join(''));
  expect(ends).toHaveLength(1);
});

test('it is repeated once: the second refusal is the answer, and nothing is remembered', async () => {
  const { upstream, ends, usageRefusals } = ask({ stream_options: { include_obfuscation: false } });
  upstream.answer(400, JSON_HEAD, REFUSAL);
  await turn();
  upstream.answer(400, JSON_HEAD, REFUSAL);
  await turn();
  expect(upstream.sent).toHaveLength(2);
  expect(ends).toMatchObject([{ outcome: { kind: 'client_error', status: 400 }, committed: false }]);
  expect(usageRefusals.has(endpoint('a'))).toBe(false);
});

test('a refusal for another reason is not repeated', async () => {
  const { upstream, ends } = ask();
  upstream.answer(400, JSON_HEAD, JSON.stringify({ error: { message: 'temperature is too high' } }));
  await turn();
  expect(upstream.sent).toHaveLength(1);
  expect(ends).toHaveLength(1);
});

test('once the request without it has succeeded, the endpoint is not asked for usage again', async () => {
  const { upstream, usageRefusals } = ask();
  upstream.answer(422, JSON_HEAD, REFUSAL);
  await turn();
  expect(usageRefusals.has(endpoint('a'))).toBe(false);
  upstream.answer(200, STREAM_HEAD, ...ANSWER);
  expect(usageRefusals.has(endpoint('a'))).toBe(true);
  expect(ask({}, usageRefusals).bodyOf(0)).not.toHaveProperty('stream_options');
});

test.each([300, 503])('a repeated request that ends with %s shows nothing about the field', async (status) => {
  const { upstream, usageRefusals } = ask();
  upstream.answer(400, JSON_HEAD, REFUSAL);
  await turn();
  upstream.answer(status, JSON_HEAD, '{}');
  expect(usageRefusals.has(endpoint('a'))).toBe(false);
});

test('the last follower may leave between the refusal and the repeated request', async () => {
  const { upstream, ends, abort, lease } = ask();
  upstream.answer(400, JSON_HEAD, REFUSAL);
  abort();
  await turn();
  expect(upstream.sent).toHaveLength(1);
  expect(ends).toMatchObject([{ outcome: { kind: 'client_left' }, committed: false }]);
  expect(lease.released).toHaveLength(1);
});

test('a reused connection that was dead is replaced for the repeated request too', async () => {
  const { upstream, ends } = ask();
  upstream.fail('dead_connection');
  upstream.answer(400, JSON_HEAD, REFUSAL);
  await turn();
  upstream.fail('dead_connection');
  upstream.answer(200, STREAM_HEAD, ...ANSWER);
  expect(upstream.sent).toHaveLength(4);
  expect(ends).toMatchObject([{ outcome: { kind: 'ok' } }]);
});

test('what is remembered belongs to the target, is bounded and ends after a day', () => {
  const clock = new ManualClock();
  const known = new UsageRefusals(clock, 2);
  known.add(endpoint('a'));
  expect(known.has({ ...endpoint('b'), origin: 'http://a' })).toBe(true);
  expect(known.has(endpoint('b'))).toBe(false);
  expect(known.has(endpoint('a', { basePath: '/v2' }))).toBe(false);
  expect(known.has(endpoint('a', { upstreamModel: 'other' }))).toBe(false);
  expect(known.has(endpoint('a', { provider: 'mock' }))).toBe(false);
  known.add(endpoint('b'));
  known.add(endpoint('c'));
  expect([endpoint('a'), endpoint('b'), endpoint('c')].map((one) => known.has(one))).toEqual([false, true, true]);
  clock.advance(24 * 3_600_000 - 1);
  expect(known.has(endpoint('c'))).toBe(true);
  clock.advance(1);
  expect(known.has(endpoint('c'))).toBe(false);
});

test('the field is looked for in the reason and in the body of the answer', () => {
  const body = Buffer.from(REFUSAL);
  expect(mentionsUsage({ kind: 'client_error' }, { status: 400, headers: [], body })).toBe(true);
  expect(mentionsUsage({ kind: 'bad_answer', reason: 'no such field: include_usage' }, undefined)).toBe(true);
  expect(mentionsUsage({ kind: 'bad_answer', reason: 'include_usages' }, undefined)).toBe(false);
  expect(mentionsUsage({ kind: 'client_error' }, undefined)).toBe(false);
});
