import { afterEach, expect, test, vi } from 'vitest';
import type { Recording } from '../cache/types.ts';
import { ManualClock } from '../core/clock.ts';
import { Flight, type FlightEnding } from '../flights/flight.ts';
import type { AnswerHead, GenerationFailure } from '../generation/answer.ts';
import { chunk, COMPLETION, DONE, generationRequest } from '../generation/generation.fixture.ts';
import type { Generation } from '../generation/generation.ts';
import { PROTOCOLS } from '../protocols/table.ts';
import { type CachePlan, createContext, type RequestContext } from './context.ts';
import { ClientFollower, type FollowEnding } from './follower.ts';
import { FakeResponder } from './responder.fixture.ts';
import type { ModelRuntime, Runtime } from './runtime.ts';

afterEach(() => void vi.useRealTimers());

const STREAM = { shape: 'stream', headers: [['content-type', 'text/event-stream']] } as const;
const BODY = { shape: 'body', headers: [['content-type', 'application/json']] } as const;
const USAGE = chunk({}, null, { choices: [], usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 } });
const REPLAY = { headers: [['content-type', 'text/converted']], body: Buffer.from('converted') } as const;

interface Options {
  readonly body?: object;
  readonly protocol?: 'chat.completions' | 'responses';
  /** What the one who had the generation made asked with. */
  readonly maker?: object;
  readonly starts?: boolean;
  readonly shares?: boolean;
  readonly recording?: boolean;
  readonly keepaliveMs?: number;
  readonly left?: boolean;
}

function follow(options: Options = {}) {
  const protocol = PROTOCOLS[options.protocol ?? 'chat.completions'];
  const body = options.body ?? { model: 'm', messages: [{ role: 'user', content: 'hi' }], stream: true };
  const flight = new Flight<AnswerHead, GenerationFailure>(10_000);
  const controls = { pause: vi.fn(), resume: vi.fn(), abort: vi.fn() };
  flight.control(controls);
  const request = generationRequest({ body: options.maker ?? body, protocol: options.protocol ?? 'chat.completions' });
  const usage = { input: 5, output: 2 };
  const recording = options.recording ? ({} as Recording) : undefined;
  const generation = { flight, request, usage, recording } as unknown as Generation;
  const responder = new FakeResponder();
  const clock = new ManualClock();
  const context: RequestContext = createContext({
    id: 'req_1',
    operation: protocol.id,
    protocol,
    head: { method: 'POST', path: protocol.path, query: '', headers: {} },
    source: undefined as never,
    responder,
    subject: undefined,
    startedAt: clock.monotonic(),
    cacheStatus: 'miss',
  });
  context.facts = protocol.facts(JSON.parse(JSON.stringify(body)));
  context.startsGeneration = options.starts ?? true;
  context.left = options.left ?? false;
  context.model = { timeouts: { idleMs: 1_000 } } as unknown as ModelRuntime;
  if (options.shares) context.plan = { write: false, share: true } as unknown as CachePlan;
  const replay = vi.fn(() => REPLAY);
  const runtime = { clock, streamKeepaliveMs: options.keepaliveMs ?? 0, cache: { replay } } as unknown as Runtime;
  const ending: { now?: FollowEnding } = {};
  void new ClientFollower(context, generation, runtime).follow().then((end) => (ending.now = end));
  const open = (head: Pick<AnswerHead, 'shape' | 'headers'> & { readonly length?: number } = STREAM): void =>
    flight.open({ status: 200, endpoint: 'm/a', attempts: 2, ...head });
  const push = (text: string): void => flight.push(Buffer.from(text));
  const end = async (how: FlightEnding<GenerationFailure> = { kind: 'done' }): Promise<FollowEnding | undefined> => {
    flight.end(how);
    await Promise.resolve();
    await Promise.resolve();
    return ending.now;
  };
  return { flight, controls, responder, context, clock, replay, ending, open, push, end };
}

test('a stream goes to its client as it comes, and ends as it ended', async () => {
  const { responder, context, clock, open, push, end } = follow();
  clock.advance(25);
  open();
  expect(responder.heads).toHaveLength(1);
  expect(responder.heads[0]?.headers).toEqual(expect.arrayContaining(['x-llmproxy-endpoint', 'm/a']));
  expect(responder.heads[0]?.headers).not.toContain('content-length');
  const text = chunk({ content: 'Hi' }) + chunk({}, 'stop') + DONE;
  push(text);
  expect([responder.text, responder.closed]).toEqual([text, false]);
  expect(await end()).toEqual({ kind: 'done' });
  expect([responder.closed, responder.wasCut]).toEqual([true, false]);
  expect(context).toMatchObject({
    usage: { input: 5, output: 2 },
    ttftMs: 25,
    endpoint: 'm/a',
    attempts: 2,
    status: 200,
  });
});

test('a body has its length, where that is known', async () => {
  const { responder, open, push, end } = follow({ body: { model: 'm', messages: [] } });
  open({ ...BODY, length: COMPLETION.length });
  push(COMPLETION);
  await end();
  expect(responder.heads[0]?.headers).toEqual(expect.arrayContaining(['content-length', String(COMPLETION.length)]));
  expect(responder.text).toBe(COMPLETION);
});

test('one that joined made no attempt', () => {
  const { context, open } = follow({ starts: false });
  open();
  expect([context.attempts, context.endpoint]).toEqual([0, 'm/a']);
});

test('usage that the proxy asked for is hidden from a client that did not, also among other events', async () => {
  const { responder, open, push, end } = follow({ shares: true });
  open();
  push(chunk({ content: 'a' }));
  push(USAGE);
  push(chunk({}, 'stop') + USAGE + DONE);
  await end();
  expect(responder.text).toBe(chunk({ content: 'a' }) + chunk({}, 'stop') + DONE);
});

test('without that it passes as it came', () => {
  const { responder, open, push } = follow();
  open();
  push(USAGE);
  expect(responder.text).toBe(USAGE);
});

test('an answer in the other shape is converted once it is whole, and nothing is written before', async () => {
  const { responder, open, push, end, replay, context } = follow({ recording: true });
  open(BODY);
  push(COMPLETION);
  expect([responder.heads, responder.text]).toEqual([[], '']);
  expect(await end()).toEqual({ kind: 'done' });
  expect(replay).toHaveBeenCalledOnce();
  expect([responder.heads.length, responder.text, responder.closed]).toEqual([1, 'converted', true]);
  expect(responder.heads[0]?.headers).toEqual(expect.arrayContaining(['content-length', '9']));
  expect(context.ttftMs).toBe(0);
});

test('where no recording was made the client needs a generation of its own', async () => {
  const { responder, open, push, end } = follow();
  open(BODY);
  push(COMPLETION);
  expect(await end()).toEqual({ kind: 'dedicated' });
  expect([responder.heads, responder.text, responder.closed]).toEqual([[], '', false]);
});

test('a conversion of what broke off is none either', async () => {
  const { replay, open, end } = follow({ recording: true });
  open(BODY);
  expect(await end({ kind: 'cut', reason: 'made up' })).toEqual({ kind: 'dedicated' });
  expect(replay).not.toHaveBeenCalled();
});

test('a body that names another caller is shown with the fields of its reader', async () => {
  const asked = (user: string) => ({ model: 'm', input: 'hi', store: false, user });
  const { responder, open, push, end } = follow({ protocol: 'responses', body: asked('me'), maker: asked('another') });
  open(BODY);
  const body = JSON.stringify({ id: 'resp_1', object: 'response', output: [], user: 'another', metadata: {} });
  push(body.slice(0, 10));
  push(body.slice(10));
  expect(responder.text).toBe('');
  expect(await end()).toEqual({ kind: 'done' });
  expect(JSON.parse(responder.text)).toMatchObject({ id: 'resp_1', user: 'me' });
});

test('events that name another caller are shown with the fields of their reader', () => {
  const asked = (user: string) => ({ model: 'm', input: 'hi', stream: true, store: false, user });
  const { responder, open, push } = follow({ protocol: 'responses', body: asked('me'), maker: asked('another') });
  open();
  const response = { id: 'resp_1', object: 'response', status: 'in_progress', output: [], user: 'another' };
  push(
    `event: response.created\ndata: ${JSON.stringify({ type: 'response.created', sequence_number: 0, response })}\n\n`,
  );
  expect(responder.text).toContain('"user":"me"');
  expect(responder.text).not.toContain('another');
});

test('a stream that breaks off ends with an error event behind the last number, and a cut connection', async () => {
  const { responder, context, open, push, end } = follow({
    protocol: 'responses',
    body: { model: 'm', input: 'hi', stream: true },
  });
  open();
  const event = (number: number): string =>
    `event: response.in_progress\ndata: {"type":"response.in_progress","sequence_number":${number},"response":{}}\n\n`;
  push(event(0));
  push(event(1) + event(2));
  expect(await end({ kind: 'cut', reason: 'made up' })).toEqual({ kind: 'cut', reason: 'made up' });
  const last = responder.text.slice(responder.text.lastIndexOf('data: ') + 6);
  expect(JSON.parse(last)).toMatchObject({ type: 'error', sequence_number: 3, error: { code: 'stream_interrupted' } });
  expect([responder.wasCut, responder.closed, context.errorCode]).toEqual([true, false, 'stream_interrupted']);
  expect(context.termination).toEqual({ by: 'upstream', phase: 'respond' });
});

test('a body that breaks off is cut without a word', async () => {
  const { responder, open, push, end } = follow({ body: { model: 'm', messages: [] } });
  open(BODY);
  push('{"half":');
  await end({ kind: 'cut', reason: 'made up' });
  expect([responder.text, responder.wasCut]).toEqual(['{"half":', true]);
});

test('a failure is the caller’s to answer: nothing is written', async () => {
  const { responder, end } = follow();
  const failure = { kind: 'error', error: new Error('made up') as never, attempts: 1 } as const;
  expect(await end({ kind: 'failed', failure })).toEqual({ kind: 'failed', failure });
  expect([responder.heads, responder.text, responder.closed, responder.wasCut]).toEqual([[], '', false, false]);
});

test('a client that reads slowly pauses the upstream, goes on when it has read, and is dropped after idle', () => {
  vi.useFakeTimers();
  const { responder, controls, context, open, push } = follow();
  open();
  responder.takesMore = false;
  push(chunk({ content: 'a' }));
  expect(controls.pause).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(999);
  responder.takesMore = true;
  responder.drain();
  expect(controls.resume).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(5_000);
  expect(responder.wasDropped).toBe(false);
  responder.takesMore = false;
  push(chunk({ content: 'b' }));
  vi.advanceTimersByTime(1_000);
  expect([responder.wasDropped, context.termination]).toEqual([true, { by: 'proxy', phase: 'respond' }]);
});

test('a client that leaves is the last one: the upstream is let go, and no timer is left', async () => {
  const { responder, controls, clock, ending } = follow({ keepaliveMs: 1_000 });
  expect(clock.timers).toBe(1);
  responder.leave();
  await Promise.resolve();
  expect(controls.abort).toHaveBeenCalledOnce();
  expect([ending.now, clock.timers]).toEqual([{ kind: 'abandoned' }, 0]);
});

test('one that has left before leaves at once', () => {
  expect(follow({ left: true }).controls.abort).toHaveBeenCalledOnce();
});

test('a waiting client hears comments, and its head only once', async () => {
  const { responder, clock, context, open, push, end } = follow({ keepaliveMs: 1_000 });
  clock.advance(1_000);
  expect([responder.heads.length, context.isWaiting]).toEqual([1, true]);
  open();
  expect([responder.heads.length, context.isWaiting]).toEqual([1, false]);
  push(chunk({ content: 'a' }));
  expect(responder.text).toBe(`: keep-alive\n\n${chunk({ content: 'a' })}`);
  await end();
  expect(clock.timers).toBe(0);
});

test('the proxy stops before the answer has begun: the client is refused', async () => {
  const { context, responder, controls, ending } = follow();
  context.attachment?.interrupt();
  await Promise.resolve();
  expect(ending.now).toMatchObject({ kind: 'failed', failure: { error: { code: 'shutting_down' } } });
  expect([responder.text, responder.wasCut]).toEqual(['', false]);
  expect(controls.abort).toHaveBeenCalledOnce();
  expect(context.termination).toEqual({ by: 'proxy', phase: 'respond' });
});

test('the proxy stops in the middle of a stream: it is broken off with an error event', async () => {
  const { context, responder, ending, open, push } = follow();
  open();
  push(chunk({ content: 'a' }));
  context.attachment?.interrupt();
  await Promise.resolve();
  expect(responder.text).toContain('"code":"shutting_down"');
  expect([responder.wasCut, ending.now?.kind, context.errorCode]).toEqual([true, 'cut', 'shutting_down']);
});

test('a client with a bound of 0 is never dropped for reading slowly', () => {
  vi.useFakeTimers();
  const { responder, context, open, push } = follow();
  context.model = { timeouts: { idleMs: 0 } } as unknown as ModelRuntime;
  open();
  responder.takesMore = false;
  push(chunk({ content: 'a' }));
  vi.advanceTimersByTime(1_000_000);
  expect(responder.wasDropped).toBe(false);
});

test('a client that has ended, left or been interrupted is not dropped afterwards', async () => {
  vi.useFakeTimers();
  for (const how of ['end', 'leave', 'interrupt'] as const) {
    const { responder, context, open, push, flight } = follow();
    open();
    responder.takesMore = false;
    push(chunk({ content: 'a' }));
    if (how === 'end') flight.end({ kind: 'done' });
    else if (how === 'leave') responder.leave();
    else context.attachment?.interrupt();
    vi.advanceTimersByTime(10_000);
    expect([how, responder.wasDropped]).toEqual([how, false]);
  }
});

test('padding that only another client wanted is hidden from one that asked for none', () => {
  const body = {
    model: 'm',
    messages: [{ role: 'user', content: 'hi' }],
    stream: true,
    stream_options: { include_obfuscation: false },
  };
  const padded = chunk({ content: 'a' }, null, { obfuscation: 'xyz' });
  const joined = follow({ body, starts: false });
  joined.open();
  joined.push(padded);
  expect(joined.responder.text).toBe(chunk({ content: 'a' }));
  const own = follow({ body });
  own.open();
  own.push(padded);
  expect(own.responder.text).toBe(padded);
});

test('a waiting client is refused by the stop of the proxy as one that has heard nothing', async () => {
  const { context, responder, clock, ending } = follow({ keepaliveMs: 1_000 });
  clock.advance(1_000);
  context.attachment?.interrupt();
  await Promise.resolve();
  expect([ending.now?.kind, responder.wasCut, clock.timers]).toEqual(['failed', false, 0]);
});
