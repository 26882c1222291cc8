import { expect, test } from 'vitest';
import { SchemaChecker } from '../schema-check/checker.ts';
import { schemaCheckOf } from '../schema-check/request-schema.ts';
import { type AnswerCheck, UNCHECKED } from './checked-events.ts';
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
  STREAM_HEAD,
  TIMEOUTS,
  tools,
  turn,
} from './generation.fixture.ts';
import { Generation } from './generation.ts';
import type { BilledCall } from './payer.ts';
import type { Recorder } from './recorder.ts';

/** A generation whose answers are checked; `decide` ends the check that runs. */
function start(options: RequestOptions & { readonly totalMs?: number } = {}) {
  const upstream = new FakeUpstream();
  const { tools: parts, clock, reports } = tools(upstream);
  const candidates = new FakeCandidates(endpoint('a'), endpoint('b'));
  candidates.goesOn = false;
  candidates.totalMs = options.totalMs ?? candidates.totalMs;
  const asked: string[] = [];
  const recorded: boolean[] = [];
  const bookings: (readonly BilledCall[])[] = [];
  let settle: (verdict: Awaited<ReturnType<AnswerCheck>>) => void = () => undefined;
  const check: AnswerCheck = (body) => {
    asked.push(body.toString());
    return new Promise((resolve) => (settle = resolve));
  };
  const recorder = {
    arrived: () => undefined,
    refused: () => undefined,
    record: ({ facts }: Parameters<Recorder['record']>[0]) => {
      recorded.push(facts.complete);
      return undefined;
    },
  };
  const generation = new Generation(
    {
      request: { ...generationRequest(options), check },
      candidates,
      retainBytes: 10_000,
      recorder: recorder as unknown as Recorder,
      payer: { booked: (calls) => void bookings.push(calls) },
    },
    parts,
  );
  const followers = [new SeenBy(), new SeenBy()] as const;
  const attachments = followers.map((one) => generation.flight.attach(one));
  generation.start();
  const decided = async (verdict: Awaited<ReturnType<AnswerCheck>>): Promise<void> => {
    settle(verdict);
    await turn();
  };
  const leave = (): void => {
    for (const one of attachments) one.leave();
  };
  return { upstream, clock, reports, candidates, generation, followers, leave, asked, recorded, bookings, decided };
}

const releasedOf = ({ leases }: FakeCandidates): string[][] =>
  leases.map(({ released }) => released.map(({ kind }) => kind));

test('an answer that fits reaches all followers and is recorded, only after the check', async () => {
  const { upstream, followers, asked, recorded, bookings, candidates, decided } = start();
  upstream.answer(200, JSON_HEAD, COMPLETION);
  expect([asked, followers.map(({ head, text }) => [head, text]), recorded]).toEqual([
    [COMPLETION],
    [
      [undefined, ''],
      [undefined, ''],
    ],
    [],
  ]);
  await decided(undefined);
  expect(followers.map(({ text, ending }) => [text, ending])).toEqual([
    [COMPLETION, { kind: 'done' }],
    [COMPLETION, { kind: 'done' }],
  ]);
  expect(recorded).toEqual([true]);
  expect(releasedOf(candidates)).toEqual([['ok']]);
  expect(bookings).toMatchObject([[{ outcome: 'ok', usage: { input: 5, output: 2 }, billed: true }]]);
});

test('an answer that does not fit fails the generation: no follower sees it, nothing is recorded, its usage is billed', async () => {
  const { upstream, followers, recorded, reports, bookings, candidates, decided } = start();
  upstream.answer(200, JSON_HEAD, COMPLETION);
  await decided('/items/0/price must be number');
  for (const { head, text, ending } of followers) {
    expect([head, text]).toEqual([undefined, '']);
    expect(ending).toMatchObject({
      kind: 'failed',
      failure: {
        kind: 'error',
        outcome: 'invalid_output',
        endpoint: 'm/a',
        attempts: 1,
        error: { code: 'invalid_structured_output', status: 502, headers: { 'x-should-retry': 'false' } },
      },
    });
  }
  expect(recorded).toEqual([]);
  expect(upstream.sent).toHaveLength(1);
  expect(candidates.outcomes).toEqual(['invalid_output']);
  expect(releasedOf(candidates)).toEqual([['invalid_output']]);
  expect(bookings).toMatchObject([
    [{ outcome: 'invalid_output', usage: { input: 5, output: 2 }, estimated: false, billed: true }],
  ]);
  expect(reports).toMatchObject({
    attempts: ['m/a invalid_output'],
    generations: [{ outcome: 'invalid_output', status: 200, stated: { input: 5, output: 2 } }],
    faults: [],
  });
});

test('usage of a withheld answer that the endpoint did not say is estimated from its text', async () => {
  const { upstream, bookings, decided } = start();
  const { usage: _, ...answer } = JSON.parse(COMPLETION) as { usage: object };
  upstream.answer(200, JSON_HEAD, JSON.stringify(answer));
  await decided('/a must be number');
  const [call] = bookings[0]!;
  expect(call).toMatchObject({ outcome: 'invalid_output', estimated: true, billed: true });
  expect(call!.usage!.output).toBeGreaterThan(0);
});

test('an answer that does not fit is shown in place of an earlier endpoint’s failure', async () => {
  const { upstream, followers, candidates, decided } = start();
  candidates.goesOn = true;
  upstream.answer(503, JSON_HEAD, '{"error":{"message":"busy"}}');
  await turn();
  candidates.goesOn = false;
  upstream.answer(200, JSON_HEAD, COMPLETION);
  await decided('the answer is not JSON');
  expect(followers[0].ending).toMatchObject({ failure: { kind: 'error', outcome: 'invalid_output', endpoint: 'm/b' } });
});

test('an answer that cannot be checked is delivered, and its facts keep it out of the cache', async () => {
  const { upstream, followers, recorded, decided } = start();
  upstream.answer(200, JSON_HEAD, COMPLETION);
  await decided(UNCHECKED);
  expect(followers[0]).toMatchObject({ text: COMPLETION, ending: { kind: 'done' } });
  expect(recorded).toEqual([false]);
});

test.each([
  ['of the attempt', 10_000],
  ['of all attempts', TIMEOUTS.answerMs - 1],
])(
  'the time %s is up while the check runs: the answer is delivered once, unchecked, and no endpoint is blamed',
  async (_, totalMs) => {
    const { upstream, clock, followers, recorded, reports, bookings, candidates, decided } = start({ totalMs });
    upstream.answer(200, JSON_HEAD, COMPLETION);
    clock.advance(Math.min(totalMs, TIMEOUTS.answerMs) - 1);
    expect(followers[0].text).toBe('');
    clock.advance(1);
    expect(followers[0]).toMatchObject({ text: COMPLETION, ending: { kind: 'done' } });
    await decided('/a must be number');
    expect(followers.map(({ text }) => text)).toEqual([COMPLETION, COMPLETION]);
    expect([recorded, releasedOf(candidates), reports.attempts]).toEqual([[false], [['ok']], ['m/a ok']]);
    expect(bookings).toMatchObject([[{ outcome: 'ok', usage: { input: 5, output: 2 } }]]);
    expect(clock.timers).toBe(0);
  },
);

test('the last follower leaves while the check runs: the attempt ends at once, and what the check says is ignored', async () => {
  for (const verdict of [undefined, '/a must be number', UNCHECKED] as const) {
    const { upstream, clock, followers, leave, generation, recorded, reports, bookings, candidates, decided } = start();
    upstream.answer(200, JSON_HEAD, COMPLETION);
    leave();
    expect(generation.flight.ending).toEqual({ kind: 'abandoned' });
    expect(releasedOf(candidates)).toEqual([['client_left']]);
    await decided(verdict);
    expect(followers.map(({ head, text }) => [head, text])).toEqual([
      [undefined, ''],
      [undefined, ''],
    ]);
    expect([recorded, releasedOf(candidates), reports.attempts]).toEqual([[], [['client_left']], ['m/a client_left']]);
    expect(bookings).toMatchObject([[{ outcome: 'client_left', usage: { input: 5, output: 2 }, billed: true }]]);
    expect([reports.generations.length, reports.faults, clock.timers]).toEqual([1, [], 0]);
  }
});

test('one of two followers leaves while the check runs: the other gets the answer', async () => {
  const { upstream, followers, generation, decided } = start();
  const left = generation.flight.attach(new SeenBy());
  upstream.answer(200, JSON_HEAD, COMPLETION);
  left.leave();
  await decided(undefined);
  expect(followers[0]).toMatchObject({ text: COMPLETION, ending: { kind: 'done' } });
});

test('a stream passes as it comes, and what an endpoint refuses is not checked', async () => {
  const stream = start({ facts: { stream: true } });
  stream.upstream.answer(200, STREAM_HEAD, chunk({ content: 'Hi' }), chunk({}, 'stop'), DONE);
  expect(stream.followers[0].ending).toEqual({ kind: 'done' });
  const refused = start();
  refused.upstream.answer(400, JSON_HEAD, '{"error":{"message":"no"}}');
  await turn();
  expect(refused.followers[0].ending).toMatchObject({
    failure: { kind: 'answer', status: 400, outcome: 'client_error' },
  });
  expect([stream.asked, refused.asked]).toEqual([[], []]);
});

test('a check that throws is a fault of the proxy: logged, and the endpoint is not blamed', async () => {
  const upstream = new FakeUpstream();
  const { tools: parts, reports } = tools(upstream);
  for (const check of [
    () => Promise.reject(new Error('made up')),
    () => {
      throw new Error('made up');
    },
  ]) {
    const generation = new Generation(
      { request: { ...generationRequest(), check }, candidates: new FakeCandidates(endpoint('a')), retainBytes: 0 },
      parts,
    );
    const seen = new SeenBy();
    generation.flight.attach(seen);
    generation.start();
    upstream.answer(200, JSON_HEAD, COMPLETION);
    await turn();
    expect(seen.ending).toMatchObject({ failure: { error: { code: 'internal_error' }, outcome: 'proxy_fault' } });
  }
  expect(reports.attempts).toEqual(['m/a proxy_fault', 'm/a proxy_fault']);
  expect(reports.faults).toMatchObject([{ message: 'made up' }, { message: 'made up' }]);
});

/** A whole completion that says this text. */
function completionOf(text: string): string {
  return COMPLETION.replace('"Hello there"', JSON.stringify(text));
}

test('an answer that is translated is checked as the client gets it, and billed as its endpoint said', async () => {
  const upstream = new FakeUpstream();
  const { tools: parts } = tools(upstream);
  const bookings: (readonly BilledCall[])[] = [];
  const asked: string[] = [];
  const generation = new Generation(
    {
      request: {
        ...generationRequest(),
        check: async (body) => {
          asked.push(body.toString());
          return 'the answer is not JSON';
        },
      },
      candidates: new FakeCandidates(endpoint('a', { provider: 'anthropic' })),
      retainBytes: 0,
      payer: { booked: (calls) => void bookings.push(calls) },
    },
    parts,
  );
  const seen = new SeenBy();
  generation.flight.attach(seen);
  generation.start();
  upstream.answer(
    200,
    JSON_HEAD,
    JSON.stringify({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [{ type: 'text', text: 'Hello there' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 9, output_tokens: 3 },
    }),
  );
  await turn();
  expect(JSON.parse(asked[0]!)).toMatchObject({ choices: [{ message: { content: 'Hello there' } }] });
  expect(seen).toMatchObject({ text: '', ending: { failure: { outcome: 'invalid_output' } } });
  expect(bookings).toMatchObject([[{ outcome: 'invalid_output', usage: { input: 9, output: 3 }, estimated: false }]]);
});

test('with the schema of the request, an answer that fits is delivered and one that does not is refused with the place', async () => {
  const checker = new SchemaChecker({ checkMs: 20_000 });
  const schema = { type: 'object', properties: { price: { type: 'number' } } };
  const question = schemaCheckOf('chat', { response_format: { type: 'json_schema', json_schema: { schema } } });
  const check: AnswerCheck = async (body) => {
    const verdict = await checker.check(question!, body);
    if (verdict.kind === 'invalid') return verdict.reason;
    return verdict.kind === 'valid' ? undefined : UNCHECKED;
  };
  const endings: object[] = [];
  for (const text of ['{"price":1}', '{"price":"secret"}', 'secret']) {
    const upstream = new FakeUpstream();
    const { tools: parts } = tools(upstream);
    const candidates = new FakeCandidates(endpoint('a'));
    const generation = new Generation(
      { request: { ...generationRequest(), check }, candidates, retainBytes: 0 },
      parts,
    );
    const seen = new SeenBy();
    generation.flight.attach(seen);
    generation.start();
    upstream.answer(200, JSON_HEAD, completionOf(text));
    await expect.poll(() => seen.ending).toBeDefined();
    const { ending } = seen;
    const error = ending?.kind === 'failed' && ending.failure.kind === 'error' ? ending.failure.error.message : '';
    endings.push([ending?.kind, seen.text === '' ? 'withheld' : 'delivered', error]);
  }
  const beginning = "The answer of model 'm' does not fit the schema of the request:";
  expect(endings).toEqual([
    ['done', 'delivered', ''],
    ['failed', 'withheld', `${beginning} /price must be number.`],
    ['failed', 'withheld', `${beginning} the answer is not JSON.`],
  ]);
  checker.close();
});
