import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import type { AnswerHead } from './answer.ts';
import { Attempt, type AttemptControls, type AttemptEnd, type AttemptEvents } from './attempt.ts';
import {
  chunk,
  COMPLETION,
  DONE,
  endpoint,
  FakeLease,
  FakeUpstream,
  generationRequest,
  JSON_HEAD,
  STREAM_HEAD,
  TIMEOUTS,
  type RequestOptions,
} from './generation.fixture.ts';
import { attemptRecord } from '../telemetry/attempt-record.ts';
import type { OpaqueRequest } from './opaque-request.ts';
import { UsageRefusals } from './usage-refusals.ts';

class Owner implements AttemptEvents {
  readonly ends: AttemptEnd[] = [];
  readonly heads: AnswerHead[] = [];
  readonly ids: (string | undefined)[] = [];
  controls: AttemptControls | undefined;
  text = '';
  failsOnPush = false;

  sent(controls: AttemptControls): void {
    this.controls = controls;
  }
  firstEvent(): void {}
  committed(head: AnswerHead, id: string | undefined): void {
    this.heads.push(head);
    this.ids.push(id);
  }
  push(bytes: Buffer): void {
    if (this.failsOnPush) throw new Error('made up');
    this.text += bytes.toString();
  }
  log(): readonly Buffer[] {
    return [Buffer.from(this.text)];
  }
  ended(end: AttemptEnd): void {
    this.ends.push(end);
  }
}

function start(options: RequestOptions = {}, opaque?: OpaqueRequest) {
  const upstream = new FakeUpstream();
  const owner = new Owner();
  const lease = new FakeLease(endpoint('a'));
  const clock = new ManualClock();
  const usageRefusals = new UsageRefusals(clock);
  const request = { ...generationRequest(options), ...(opaque ? { opaque } : {}) };
  const attempt = new Attempt({
    request,
    lease,
    timeouts: TIMEOUTS,
    record: attemptRecord(lease.endpoint, 2, clock.monotonic()),
    upstream,
    clock,
    usageRefusals,
    events: owner,
  });
  attempt.start();
  return { upstream, owner, lease, clock, attempt, usageRefusals };
}

const streaming: RequestOptions = { facts: { stream: true } };

test('a whole body is committed and ended in one step, and the lease is released with the outcome', () => {
  const { upstream, owner, lease, attempt } = start();
  expect(attempt.state).toBe('sent');
  upstream.answer(200, JSON_HEAD, COMPLETION);
  expect(attempt.state).toBe('ended');
  expect(owner.heads).toEqual([
    {
      status: 200,
      shape: 'body',
      headers: [['content-type', 'application/json']],
      endpoint: 'm/a',
      attempts: 2,
      length: COMPLETION.length,
    },
  ]);
  expect(owner.ids).toEqual(['chatcmpl-1']);
  expect(owner.text).toBe(COMPLETION);
  expect(owner.ends).toMatchObject([{ outcome: { kind: 'ok' }, committed: true, facts: { complete: true } }]);
  expect(lease.released.map(({ kind }) => kind)).toEqual(['ok']);
});

test('a stream goes through every state, and what was held back goes out with the first content', () => {
  const { upstream, owner, lease, attempt } = start(streaming);
  const { handler } = upstream.last;
  handler.onHead(200, STREAM_HEAD);
  expect(attempt.state).toBe('answering');
  handler.onData(Buffer.from(chunk({ role: 'assistant' })));
  expect([attempt.state, owner.text]).toEqual(['answering', '']);
  handler.onData(Buffer.from(chunk({ content: 'Hi' })));
  expect(attempt.state).toBe('committed');
  expect(owner.text).toBe(chunk({ role: 'assistant' }) + chunk({ content: 'Hi' }));
  handler.onData(Buffer.from(chunk({}, 'stop') + DONE));
  handler.onEnd();
  expect(attempt.state).toBe('ended');
  expect(owner.ends).toMatchObject([{ outcome: { kind: 'ok' }, committed: true, facts: { complete: true } }]);
  expect(lease.released).toHaveLength(1);
});

test('a refused answer ends the attempt uncommitted, with the endpoint’s own words, and its connection is closed', () => {
  const { upstream, owner, lease } = start();
  const { handler, calls } = upstream.last;
  handler.onHead(503, { ...JSON_HEAD, 'retry-after': '7' });
  handler.onData(Buffer.from('{"error":{"message":"down"}}'));
  handler.onEnd();
  expect(owner.ends).toMatchObject([
    { committed: false, outcome: { kind: 'server_error', status: 503, retryAfterMs: 7_000 }, refusal: { status: 503 } },
  ]);
  expect(lease.released.map(({ kind }) => kind)).toEqual(['server_error']);
  expect(calls).toEqual(['abort']);
});

test.each([300, 301, 307, 399])('status %s is a redirect: a bad answer that is not shown', (status) => {
  const { upstream, owner } = start();
  upstream.answer(status, { ...JSON_HEAD, location: 'http://elsewhere' }, '{}');
  expect(owner.ends).toMatchObject([{ committed: false, outcome: { kind: 'bad_answer', status } }]);
  expect(owner.ends[0]).not.toHaveProperty('refusal');
});

test('299 is an answer, and the content type counts without regard to case', () => {
  const { upstream, owner } = start();
  upstream.answer(299, { 'content-type': 'Application/JSON; charset=utf-8' }, COMPLETION);
  expect(owner.ends).toMatchObject([{ committed: true, outcome: { kind: 'ok' } }]);
});

test('a reused connection that was dead is replaced once and not blamed; a second one is a failure', () => {
  const { upstream, owner, lease } = start();
  upstream.fail('dead_connection');
  expect(upstream.sent).toHaveLength(2);
  expect(owner.ends).toEqual([]);
  upstream.fail('dead_connection');
  expect(upstream.sent).toHaveLength(2);
  expect(owner.ends).toMatchObject([{ committed: false, outcome: { kind: 'dead_connection' } }]);
  expect(lease.released).toHaveLength(1);
});

test.each(['refused', 'timeout_connect', 'timeout_first_byte'] as const)(
  'no head because of %s: the outcome is that',
  (kind) => {
    const { upstream, owner, lease } = start();
    upstream.fail(kind);
    expect(owner.ends).toMatchObject([{ committed: false, outcome: { kind, reason: `made up: ${kind}` } }]);
    expect(lease.released.map((outcome) => outcome.kind)).toEqual([kind]);
  },
);

test('the last follower leaves before the head: the call is aborted and the endpoint is not blamed', () => {
  const { upstream, owner, lease } = start();
  owner.controls?.abort();
  expect(upstream.last.calls).toContain('abort');
  expect(owner.ends).toMatchObject([{ committed: false, outcome: { kind: 'client_left' } }]);
  expect(lease.released.map(({ kind }) => kind)).toEqual(['client_left']);
  upstream.answer(200, JSON_HEAD, COMPLETION);
  expect(owner.heads).toEqual([]);
});

test('a connection that breaks after the terminal event changes nothing', () => {
  const { upstream, owner, lease } = start(streaming);
  const { handler } = upstream.last;
  handler.onHead(200, STREAM_HEAD);
  handler.onData(Buffer.from(chunk({ content: 'Hi' }) + chunk({}, 'stop') + DONE));
  handler.onFailure({ kind: 'cut', reason: 'reset' });
  handler.onFailure({ kind: 'cut', reason: 'reset again' });
  expect(owner.ends).toMatchObject([{ outcome: { kind: 'ok' } }]);
  expect(lease.released).toHaveLength(1);
});

test('whatever a handler throws ends the attempt as a fault of the proxy, releases the lease and closes the call', () => {
  const { upstream, owner, lease } = start();
  owner.failsOnPush = true;
  upstream.answer(200, JSON_HEAD, COMPLETION);
  expect(owner.ends).toMatchObject([
    { outcome: { kind: 'proxy_fault' }, committed: true, fault: { message: 'made up' } },
  ]);
  expect(lease.released.map(({ kind }) => kind)).toEqual(['proxy_fault']);
  expect(upstream.last.calls).toEqual(['abort']);
});

test('a request that cannot be written for the endpoint ends the attempt without a call', () => {
  const upstream = new FakeUpstream();
  const owner = new Owner();
  const lease = new FakeLease(endpoint('a'));
  const request = {
    ...generationRequest({ extraCache: {} }),
    view: { ...generationRequest().view, body: Buffer.from('no') },
  };
  const clock = new ManualClock();
  const usageRefusals = new UsageRefusals(clock);
  new Attempt({
    request,
    lease,
    timeouts: TIMEOUTS,
    record: attemptRecord(lease.endpoint, 1, clock.monotonic()),
    upstream,
    clock,
    usageRefusals,
    events: owner,
  }).start();
  expect(upstream.sent).toEqual([]);
  expect(owner.ends).toMatchObject([{ outcome: { kind: 'proxy_fault' }, committed: false }]);
  expect(lease.released).toHaveLength(1);
});

test('the time to the first event is measured once for the lease', () => {
  const { upstream, lease, clock } = start(streaming);
  const { handler } = upstream.last;
  clock.advance(40);
  handler.onHead(200, STREAM_HEAD);
  handler.onData(Buffer.from(chunk({ role: 'assistant' })));
  clock.advance(10);
  handler.onData(Buffer.from(chunk({ content: 'Hi' })));
  clock.advance(10);
  handler.onData(Buffer.from(chunk({ content: '!' })));
  expect(lease.firstEvents).toEqual([50]);
});

test('pause and resume reach the call', () => {
  const { upstream, owner } = start(streaming);
  owner.controls?.pause();
  owner.controls?.resume();
  expect(upstream.last.calls).toEqual(['pause', 'resume']);
});

test.each([
  ['a secret of the caller’s', 'ek_1', 'credential_refused'],
  ['the endpoint’s own key', undefined, 'unauthorized'],
])('a 401 to %s is told as one', (_what, clientSecret, kind) => {
  const opaque = { family: 'realtime', api: 'openai' as const, model: 'm', inQuery: [], body: undefined, fresh: true };
  const { upstream, owner } = start({}, { ...opaque, ...(clientSecret === undefined ? {} : { clientSecret }) });
  upstream.answer(401, JSON_HEAD, '{"error":{"message":"no"}}');
  expect(owner.ends).toMatchObject([{ outcome: { kind, status: 401 } }]);
});
