import { expect, test } from 'vitest';
import { type MemoryFlights, MemoryHub } from '../flights/memory-flights.fixture.ts';
import { chunk, COMPLETION, DONE, JSON_HEAD, STREAM_HEAD, turn } from '../generation/generation.fixture.ts';
import { operationBed } from './operation.fixture.ts';

const BODY = { model: 'm', messages: [{ role: 'user', content: 'Hello' }] };
const STREAM = { ...BODY, stream: true };
const EVENTS = [chunk({ role: 'assistant', content: 'Hel' }), chunk({ content: 'lo' }), chunk({}, 'stop'), DONE];

type Bed = ReturnType<typeof operationBed> & { readonly process: MemoryFlights; readonly roles: string[] };

/** Two replicas that share generations, and nothing else. */
function replicas(): [Bed, Bed] {
  const hub = new MemoryHub();
  const make = (): Bed => {
    const bed = operationBed();
    const process = hub.process();
    const roles: string[] = [];
    const telemetry = { ...bed.runtime.telemetry, shared: (role: string) => void roles.push(role) };
    Object.assign(bed.runtime, { shared: process, telemetry });
    return { ...bed, process, roles };
  };
  return [make(), make()];
}

async function settle(): Promise<void> {
  for (let turns = 0; turns < 5; turns += 1) await turn();
}

test.each([
  ['stream', STREAM],
  ['JSON', BODY],
])('equal requests at two replicas cost one call, and their clients get the same bytes (%s)', async (shape, body) => {
  const [one, two] = replicas();
  const first = one.ask(body);
  await settle();
  const second = two.ask(body);
  const third = two.ask(body);
  await settle();
  if (shape === 'JSON') one.upstream.answer(200, JSON_HEAD, COMPLETION);
  else one.upstream.answer(200, STREAM_HEAD, ...EVENTS);
  await Promise.all([first.over, second.over, third.over]);
  expect([one.upstream.sent.length, two.upstream.sent.length]).toEqual([1, 0]);
  expect(first.responder.text).toBe(shape === 'JSON' ? COMPLETION : EVENTS.join(''));
  for (const { responder, context } of [second, third]) {
    expect(responder.text).toBe(first.responder.text);
    expect(context).toMatchObject({ cacheStatus: 'joined', startsGeneration: false, status: 200, attempts: 0 });
    expect(context.usage).toEqual(first.context.usage);
  }
  expect([one.roles, two.roles]).toEqual([['lead'], ['follow']]);
  expect(two.reports.generations).toEqual([]);
});

test('a follower gets each event as it comes', async () => {
  const [one, two] = replicas();
  const first = one.ask(STREAM);
  await settle();
  const second = two.ask(STREAM);
  await settle();
  const { handler } = one.upstream.last;
  handler.onHead(200, STREAM_HEAD);
  handler.onData(Buffer.from(EVENTS[0] ?? ''));
  await settle();
  expect(second.responder.text).toBe(EVENTS[0]);
  for (const event of EVENTS.slice(1)) handler.onData(Buffer.from(event));
  handler.onEnd();
  await Promise.all([first.over, second.over]);
  expect(second.responder.text).toBe(EVENTS.join(''));
});

test('a follower of the other shape gets the answer in its own', async () => {
  const [one, two] = replicas();
  const first = one.ask(STREAM);
  await settle();
  const second = two.ask(BODY);
  await settle();
  one.upstream.answer(200, STREAM_HEAD, ...EVENTS);
  await Promise.all([first.over, second.over]);
  expect(two.upstream.sent).toHaveLength(0);
  expect(JSON.parse(second.responder.text)).toMatchObject({ choices: [{ message: { content: 'Hello' } }] });
});

test('what an endpoint refuses is refused to the followers as well', async () => {
  const [one, two] = replicas();
  const first = one.ask(BODY);
  await settle();
  const second = two.ask(BODY);
  await settle();
  one.upstream.answer(400, JSON_HEAD, '{"error":{"message":"no","type":"invalid_request_error"}}');
  await Promise.all([first.over, second.over]);
  expect(two.upstream.sent).toHaveLength(0);
  expect([second.context.status, second.responder.text]).toEqual([400, first.responder.text]);
});

test('when the leader dies before the head its follower leads', async () => {
  const [one, two] = replicas();
  void one.ask(BODY);
  await settle();
  const second = two.ask(BODY);
  await settle();
  one.process.kill();
  await settle();
  expect(two.roles).toEqual(['follow', 'again', 'lead']);
  two.upstream.answer(200, JSON_HEAD, COMPLETION);
  await second.over;
  expect(second.responder.text).toBe(COMPLETION);
  expect(second.context).toMatchObject({ cacheStatus: 'miss', startsGeneration: true, attempts: 1 });
});

test('when it dies after the head its follower gets an error event and a cut connection', async () => {
  const [one, two] = replicas();
  void one.ask(STREAM);
  await settle();
  const second = two.ask(STREAM);
  await settle();
  one.upstream.last.handler.onHead(200, STREAM_HEAD);
  one.upstream.last.handler.onData(Buffer.from(EVENTS[0] ?? ''));
  await settle();
  one.process.kill();
  await second.over;
  expect(second.responder.text).toContain(EVENTS[0]);
  expect(second.responder.text).toContain('stream_interrupted');
  expect(second.context.errorCode).toBe('stream_interrupted');
  expect(two.upstream.sent).toHaveLength(0);
});

test('the call goes on while a follower elsewhere is left, and ends with it', async () => {
  const [one, two] = replicas();
  const first = one.ask(STREAM);
  await settle();
  const second = two.ask(STREAM);
  await settle();
  one.upstream.last.handler.onHead(200, STREAM_HEAD);
  one.upstream.last.handler.onData(Buffer.from(EVENTS[0] ?? ''));
  await settle();
  first.responder.leave();
  await settle();
  expect(one.upstream.last.calls).not.toContain('abort');
  second.responder.leave();
  await settle();
  expect(one.upstream.last.calls).toContain('abort');
});

test('without a follower elsewhere the call ends with its last client here', async () => {
  const [one] = replicas();
  const first = one.ask(STREAM);
  await settle();
  first.responder.leave();
  await settle();
  expect(one.upstream.last.calls).toContain('abort');
});

test('each client sees of the stream what it has asked for', async () => {
  const [one, two] = replicas();
  const first = one.ask({ ...STREAM, user: 'one' });
  await settle();
  const second = two.ask({ ...STREAM, user: 'two', stream_options: { include_usage: true } });
  await settle();
  const usage = chunk({}, null, { choices: [], usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 } });
  one.upstream.answer(200, STREAM_HEAD, ...EVENTS.slice(0, 3), usage, DONE);
  await Promise.all([first.over, second.over]);
  expect(two.upstream.sent).toHaveLength(0);
  expect(first.responder.text).not.toContain('prompt_tokens');
  expect(second.responder.text).toContain('prompt_tokens');
});

test('a request that no generation may be shared for asks no other process', async () => {
  const [one, two] = replicas();
  const first = one.ask({ ...BODY, cache: { 'no-store': true } }, { 'cache-control': 'no-store' });
  await settle();
  expect(one.roles).toEqual([]);
  one.upstream.answer(200, JSON_HEAD, COMPLETION);
  await first.over;
  expect(two.roles).toEqual([]);
});
