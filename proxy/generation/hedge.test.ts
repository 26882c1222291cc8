import { expect, test } from 'vitest';
import {
  chunk,
  COMPLETION,
  DONE,
  endpoint,
  FakeCandidates,
  FakeUpstream,
  generationRequest,
  JSON_HEAD,
  type RequestOptions,
  SeenBy,
  type SentRequest,
  STREAM_HEAD,
  tools,
  turn,
} from './generation.fixture.ts';
import { Generation } from './generation.ts';
import type { BilledCall } from './payer.ts';

const streaming = { facts: { stream: true } };
const AFTER_MS = 50;

/** A generation that has sent its first attempt, to `a`, and its second, to `b`, unless `raced` is false. */
function start(options: RequestOptions = {}, { raced = true, others = [] as string[], totalMs = 100_000 } = {}) {
  const upstream = new FakeUpstream();
  const { tools: parts, clock, reports } = tools(upstream);
  const candidates = new FakeCandidates(...['a', 'b', ...others].map((id) => endpoint(id)));
  candidates.hedgeAfterMs = AFTER_MS;
  candidates.totalMs = totalMs;
  const booked: BilledCall[][] = [];
  const payer = { booked: (calls: readonly BilledCall[]) => void booked.push([...calls]) };
  const request = generationRequest(options);
  const generation = new Generation({ request, candidates, retainBytes: 10_000, payer }, parts);
  const seen = new SeenBy();
  const attachment = generation.flight.attach(seen);
  generation.start();
  if (raced) clock.advance(AFTER_MS);
  const [a, b] = upstream.sent;
  return { upstream, clock, reports, candidates, booked, generation, seen, attachment, a: a!, b: b! };
}

function answer({ handler }: SentRequest, status: number, headers: Record<string, string>, ...chunks: string[]): void {
  handler.onHead(status, headers);
  for (const text of chunks) handler.onData(Buffer.from(text));
  handler.onEnd();
}

const kindsOf = (calls: readonly BilledCall[] | undefined): unknown[] =>
  (calls ?? []).map(({ endpoint: { id }, outcome, estimated, billed, hedge }) => [
    id,
    outcome,
    estimated,
    billed,
    hedge,
  ]);

test('an attempt that is quick enough stays alone, and its timer ends with it', () => {
  const { upstream, seen, clock, generation, candidates } = start({}, { raced: false });
  clock.advance(AFTER_MS - 1);
  upstream.answer(200, JSON_HEAD, COMPLETION);
  expect(seen.text).toBe(COMPLETION);
  expect([upstream.sent.length, clock.timers, generation.hedged]).toEqual([1, 0, false]);
  expect(candidates.observed).toEqual([AFTER_MS - 1]);
});

test('an attempt with content is left alone, however long the rest takes', () => {
  const { upstream, clock, a } = start({}, { raced: false });
  a.handler.onHead(200, JSON_HEAD);
  a.handler.onData(Buffer.from('{'));
  clock.advance(AFTER_MS * 10);
  expect(upstream.sent.length).toBe(1);
});

test('a head and a role without content do not count as content', () => {
  const { upstream, clock, a } = start(streaming, { raced: false });
  a.handler.onHead(200, STREAM_HEAD);
  a.handler.onData(Buffer.from(chunk({ role: 'assistant', content: '' })));
  clock.advance(AFTER_MS);
  expect(upstream.sent.length).toBe(2);
});

test('the second attempt has content first: it is the answer, and the first one is closed before a follower has anything', () => {
  const { seen, clock, a, b, candidates, generation, reports, booked } = start(streaming);
  let atFirstChunk: readonly string[] = [];
  seen.onChunk = (bytes) => {
    atFirstChunk = [...a.calls];
    seen.text += bytes.toString();
    return true;
  };
  clock.advance(30);
  answer(b, 200, STREAM_HEAD, chunk({ content: 'from b' }), chunk({}, 'stop'), DONE);
  expect(atFirstChunk).toEqual(['abort']);
  expect(seen.text).toContain('from b');
  expect(seen.head).toMatchObject({ endpoint: 'm/b', attempts: 2 });
  expect(seen.ending).toEqual({ kind: 'done' });
  expect(generation.hedged).toBe(true);
  expect(candidates.leases.map(({ released, firstEvents }) => [released[0]?.kind, firstEvents])).toEqual([
    ['hedge_lost', []],
    ['ok', [30]],
  ]);
  expect(reports.attempts).toEqual(['m/a hedge_lost', 'm/b ok']);
  expect(reports.generations).toMatchObject([
    { endpoint: 'm/b', attempts: 2, outcome: 'ok', ttftMs: 80, hedge: 'second' },
  ]);
  expect(kindsOf(booked[0])).toEqual([
    ['m/a', 'hedge_lost', true, true, true],
    ['m/b', 'ok', true, true, undefined],
  ]);
  // The one that was given up counts as long as it was waited for.
  expect(candidates.observed.toSorted((x, y) => x - y)).toEqual([30, 80]);
  expect(clock.timers).toBe(0);
});

test('the first attempt has content first: the second one is closed, and both attempts count', () => {
  const { seen, a, b, reports, booked, generation } = start();
  answer(a, 200, JSON_HEAD, COMPLETION);
  expect(seen.text).toBe(COMPLETION);
  expect(seen.head).toMatchObject({ endpoint: 'm/a', attempts: 2 });
  expect(b.calls).toEqual(['abort']);
  expect(reports.generations).toMatchObject([{ endpoint: 'm/a', attempts: 2, hedge: 'first' }]);
  expect(kindsOf(booked[0])).toEqual([
    ['m/b', 'hedge_lost', true, true, true],
    ['m/a', 'ok', false, true, undefined],
  ]);
  expect(generation.usage).toEqual({ input: 5 + 3, output: 2 });
});

test('what the loser still sends is ignored', () => {
  const { seen, a, b } = start(streaming);
  b.handler.onHead(200, STREAM_HEAD);
  b.handler.onData(Buffer.from(chunk({ content: 'from b' })));
  answer(a, 200, STREAM_HEAD, chunk({ content: 'from a' }), chunk({}, 'stop'), DONE);
  b.handler.onData(Buffer.from(chunk({}, 'stop') + DONE));
  b.handler.onEnd();
  expect(seen.text).not.toContain('from a');
  expect(seen.ending).toEqual({ kind: 'done' });
});

test('what fails beside the other attempt is not tried again while that one runs', async () => {
  const { upstream, seen, a, b, reports, candidates } = start({}, { others: ['c'] });
  answer(a, 503, JSON_HEAD, '{}');
  await turn();
  expect(upstream.sent.length).toBe(2);
  answer(b, 200, JSON_HEAD, COMPLETION);
  expect(seen.text).toBe(COMPLETION);
  expect(reports.attempts).toEqual(['m/a server_error', 'm/b ok']);
  expect(candidates.outcomes).toEqual(['server_error']);
});

test('where both fail the next endpoint is asked, with no further company', async () => {
  const { upstream, clock, seen, a, b, reports } = start({}, { others: ['c', 'd'] });
  answer(b, 500, JSON_HEAD, '{}');
  answer(a, 503, JSON_HEAD, '{}');
  await turn();
  clock.advance(AFTER_MS * 3);
  expect(upstream.sent.length).toBe(3);
  upstream.answer(200, JSON_HEAD, COMPLETION);
  expect(seen.head).toMatchObject({ endpoint: 'm/c', attempts: 3 });
  expect(reports.attempts).toEqual(['m/b server_error', 'm/a server_error', 'm/c ok']);
});

test('a refusal that is the fault of the request ends both when it comes of the first attempt', async () => {
  const { seen, a, b, reports, upstream, candidates } = start({}, { others: ['c'] });
  candidates.goesOn = false;
  answer(a, 400, JSON_HEAD, '{"error":{"message":"no","type":"invalid_request_error"}}');
  await turn();
  expect(b.calls).toEqual(['abort']);
  expect(seen.ending).toMatchObject({
    kind: 'failed',
    failure: { kind: 'answer', status: 400, endpoint: 'm/a', attempts: 2 },
  });
  expect(reports.attempts).toEqual(['m/b hedge_lost', 'm/a client_error']);
  expect(upstream.sent.length).toBe(2);
});

test('such a refusal of the second attempt does not end the first one', async () => {
  const { seen, a, b } = start();
  answer(b, 400, JSON_HEAD, '{"error":{"message":"no","type":"invalid_request_error"}}');
  await turn();
  answer(a, 200, JSON_HEAD, COMPLETION);
  expect(seen.text).toBe(COMPLETION);
});

test('the last follower leaves: both are closed, booked once, and no endpoint is blamed', () => {
  const { attachment, a, b, reports, booked, candidates, clock } = start();
  attachment.leave();
  expect([a.calls, b.calls].map((calls) => calls.includes('abort'))).toEqual([true, true]);
  expect(reports.attempts).toEqual(['m/a client_left', 'm/b client_left']);
  expect(booked.map(kindsOf)).toEqual([
    [
      ['m/a', 'client_left', true, true, undefined],
      ['m/b', 'client_left', true, true, undefined],
    ],
  ]);
  expect(candidates.leases.map(({ released }) => released.length)).toEqual([1, 1]);
  expect(clock.timers).toBe(0);
});

test('a follower that leaves before the second attempt leaves none to come', () => {
  const { attachment, clock, upstream } = start({}, { raced: false });
  attachment.leave();
  clock.advance(AFTER_MS * 2);
  expect(upstream.sent.length).toBe(1);
});

test('the time for all attempts ends both', async () => {
  const { clock, seen, reports, a, b } = start();
  clock.advance(20_000);
  await turn();
  expect(seen.ending).toMatchObject({ kind: 'failed' });
  expect(reports.attempts.toSorted()).toEqual(['m/a timeout_answer', 'm/b timeout_answer']);
  expect([a.calls, b.calls]).toEqual([['abort'], ['abort']]);
  expect(clock.timers).toBe(0);
});

test('`total` ends both with its own outcome', async () => {
  const { clock, reports, seen, a, b } = start({}, { totalMs: AFTER_MS * 2 });
  clock.advance(AFTER_MS);
  await turn();
  expect(seen.ending).toMatchObject({ kind: 'failed', failure: { attempts: 2 } });
  expect(reports.attempts).toEqual(['m/a timeout_total', 'm/b timeout_total']);
  expect([a.calls, b.calls]).toEqual([['abort'], ['abort']]);
});

test('pauses reach the attempt that won alone', () => {
  const { generation, a, b, seen } = start(streaming);
  const slow = new SeenBy();
  slow.onChunk = () => false;
  generation.flight.attach(slow);
  seen.onChunk = () => false;
  b.handler.onHead(200, STREAM_HEAD);
  b.handler.onData(Buffer.from(chunk({ content: 'from b' })));
  expect(b.calls).toEqual(['pause']);
  expect(a.calls).toEqual(['abort']);
});

test.each([
  ['none is left', () => [] as string[]],
  ['the request is passed on uninterpreted', undefined],
])('there is no second attempt where %s', (_what, others) => {
  const upstream = new FakeUpstream();
  const { tools: parts, clock } = tools(upstream);
  const candidates = new FakeCandidates(endpoint('a'), ...(others ? [] : [endpoint('b')]));
  candidates.hedgeAfterMs = AFTER_MS;
  const opaque = others
    ? {}
    : { opaque: { family: 'images', model: 'm', api: 'openai' as const, inQuery: [], body: undefined, fresh: false } };
  const generation = new Generation(
    { request: { ...generationRequest(), ...opaque }, candidates, retainBytes: 0 },
    parts,
  );
  generation.flight.attach(new SeenBy());
  generation.start();
  clock.advance(AFTER_MS);
  expect([upstream.sent.length, generation.hedged]).toEqual([1, false]);
});
