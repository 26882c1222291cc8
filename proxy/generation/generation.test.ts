import { expect, test } from 'vitest';
import { ProxyError } from '../core/errors.ts';
import { PROTOCOLS } from '../protocols/table.ts';
import {
  chunk,
  COMPLETION,
  DONE,
  endpoint,
  FakeCandidates,
  FakeUpstream,
  generationRequest,
  JSON_HEAD,
  SeenBy,
  STREAM_HEAD,
  tools,
  turn,
  type RequestOptions,
} from './generation.fixture.ts';
import { Generation } from './generation.ts';
import type { Recorder, SeenAnswer } from './recorder.ts';

interface Options extends RequestOptions {
  readonly candidates?: FakeCandidates;
  readonly recorder?: Pick<Recorder, 'arrived' | 'record'>;
  readonly onClosed?: () => void;
  readonly retainBytes?: number;
}

function build(options: Options = {}) {
  const upstream = new FakeUpstream();
  const { tools: parts, clock, reports } = tools(upstream);
  const candidates = options.candidates ?? new FakeCandidates(endpoint('a'), endpoint('b'));
  const generation = new Generation(
    {
      request: generationRequest(options),
      candidates,
      retainBytes: options.retainBytes ?? 10_000,
      ...(options.recorder && { recorder: options.recorder as Recorder }),
      ...(options.onClosed && { onClosed: options.onClosed }),
    },
    parts,
  );
  const seen = new SeenBy();
  return { upstream, clock, reports, candidates, generation, seen, affinity: parts.affinity };
}

function start(options: Options = {}) {
  const built = build(options);
  const attachment = built.generation.flight.attach(built.seen);
  built.generation.start();
  return { ...built, attachment };
}

const RESPONSE = JSON.stringify({
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hi', annotations: [] }] }],
});
const streaming = { facts: { stream: true } };
const USAGE = { usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 } };

test('an answer reaches the follower, and the generation is booked once with what the endpoint said', () => {
  const { upstream, seen, reports, clock } = start();
  clock.advance(20);
  upstream.answer(200, JSON_HEAD, COMPLETION);
  expect(seen.text).toBe(COMPLETION);
  expect(seen.ending).toEqual({ kind: 'done' });
  expect(reports.attempts).toEqual(['m/a ok']);
  expect(reports.generations).toEqual([
    {
      id: 'req_1',
      operation: 'chat.completions',
      model: 'm',
      endpoint: 'm/a',
      attempts: 1,
      outcome: 'ok',
      status: 200,
      ms: 20,
      ttftMs: 20,
      stated: { input: 5, output: 2 },
      estimated: undefined,
    },
  ]);
});

test('after a failure the next endpoint is asked, in a later tick, and the attempts are counted', async () => {
  const { upstream, seen, reports, candidates } = start();
  upstream.answer(500, JSON_HEAD, '{}');
  expect(upstream.sent).toHaveLength(1);
  await turn();
  expect(upstream.sent.map(({ request }) => request.origin)).toEqual(['http://a', 'http://b']);
  upstream.answer(200, JSON_HEAD, COMPLETION);
  expect(seen.head).toMatchObject({ endpoint: 'm/b', attempts: 2 });
  expect(candidates.outcomes).toEqual(['server_error']);
  expect(reports.attempts).toEqual(['m/a server_error', 'm/b ok']);
  expect(reports.generations).toMatchObject([{ attempts: 2, endpoint: 'm/b', outcome: 'ok' }]);
});

test('when no endpoint is left the follower gets the last answer of one, not that a later one was out of reach', async () => {
  const { upstream, seen, reports } = start();
  upstream.answer(503, { ...JSON_HEAD, 'retry-after': '3' }, '{"error":{"message":"sk-endpoint-a is busy"}}');
  await turn();
  upstream.fail('refused');
  await turn();
  expect(seen.ending).toMatchObject({
    kind: 'failed',
    failure: { kind: 'answer', status: 503, endpoint: 'm/a', attempts: 2 },
  });
  const { ending } = seen;
  const body = ending?.kind === 'failed' && ending.failure.kind === 'answer' ? ending.failure.body.toString() : '';
  expect(body).toBe('{"error":{"message":"*** is busy"}}');
  expect(reports.generations).toMatchObject([{ outcome: 'refused', stated: undefined, estimated: undefined }]);
});

test.each([
  ['timeout_first_byte', 'upstream_timeout', 504],
  ['refused', 'upstream_failed', 502],
] as const)('endpoints that all end with %s: %s', async (kind, code, status) => {
  const { upstream, seen } = start({ candidates: new FakeCandidates(endpoint('a')) });
  upstream.fail(kind);
  await turn();
  expect(seen.ending).toMatchObject({
    failure: { kind: 'error', error: { code, status }, endpoint: 'm/a', attempts: 1 },
  });
});

test('an outcome that ends the request asks no further endpoint', async () => {
  const { upstream, seen, candidates } = start();
  candidates.goesOn = false;
  upstream.answer(400, JSON_HEAD, '{"error":{"message":"no"}}');
  await turn();
  expect(upstream.sent).toHaveLength(1);
  expect(seen.ending).toMatchObject({ failure: { status: 400 } });
});

test('without any endpoint the follower hears why, and nothing is booked', () => {
  const { seen, reports, upstream } = start({ candidates: new FakeCandidates() });
  expect(seen.ending).toMatchObject({ failure: { error: { code: 'no_endpoint_available' }, attempts: 0 } });
  expect([upstream.sent, reports.generations]).toEqual([[], []]);
});

test('the last follower leaves: the call is aborted, the generation is closed at once and booked as estimated', () => {
  let closed = 0;
  const { upstream, attachment, reports, generation } = start({ ...streaming, onClosed: () => (closed += 1) });
  upstream.last.handler.onHead(200, STREAM_HEAD);
  upstream.last.handler.onData(Buffer.from(chunk({ content: 'one ' }) + chunk({ content: 'two' })));
  attachment.leave();
  expect(closed).toBe(1);
  expect(upstream.last.calls).toContain('abort');
  expect(generation.flight.joinable).toBe(false);
  expect(reports.generations).toMatchObject([{ outcome: 'client_left', estimated: { output: 2 } }]);
});

test('a follower that leaves between two attempts: no further endpoint is asked', async () => {
  const { upstream, attachment, reports } = start();
  upstream.answer(500, JSON_HEAD, '{}');
  attachment.leave();
  await turn();
  expect(upstream.sent).toHaveLength(1);
  expect(reports.generations).toMatchObject([{ outcome: 'server_error' }]);
});

test('a generation goes on while another follower listens, and is booked although the first one has left', () => {
  const { upstream, attachment, generation, reports } = start(streaming);
  const second = new SeenBy();
  generation.flight.attach(second);
  upstream.last.handler.onHead(200, STREAM_HEAD);
  upstream.last.handler.onData(Buffer.from(chunk({ content: 'Hi' })));
  attachment.leave();
  upstream.last.handler.onData(Buffer.from(chunk({}, 'stop') + chunk({}, null, { choices: [], ...USAGE }) + DONE));
  upstream.last.handler.onEnd();
  expect(second.ending).toEqual({ kind: 'done' });
  expect(reports.generations).toMatchObject([{ stated: { input: 9, output: 3 }, estimated: undefined }]);
});

test('a stream that breaks off is cut for its followers and estimated, with usage it had said already', () => {
  const { upstream, seen, reports } = start(streaming);
  upstream.last.handler.onHead(200, STREAM_HEAD);
  upstream.last.handler.onData(Buffer.from(chunk({ content: 'one ' }) + chunk({ content: 'two ' })));
  upstream.last.handler.onFailure({ kind: 'cut', reason: 'ECONNRESET' });
  expect(seen.ending).toEqual({ kind: 'cut', reason: 'ECONNRESET' });
  expect(reports.generations).toMatchObject([{ outcome: 'cut', stated: undefined, estimated: { output: 2 } }]);
});

test('an error event of the endpoint ends the stream as it came', () => {
  const { upstream, seen } = start(streaming);
  const events = chunk({ content: 'Hi' }) + 'data: {"error":{"message":"overloaded"}}\n\n';
  upstream.answer(200, STREAM_HEAD, events);
  expect(seen.text).toBe(events);
  expect(seen.ending).toEqual({ kind: 'done' });
});

test('the recording is made and the generation closed before the followers hear of the end', () => {
  const order: string[] = [];
  const made = { model: 'm' };
  const recorder = {
    arrived: (at: number) => void order.push(`arrived ${at}`),
    record: (answer: SeenAnswer) => {
      order.push(`record ${answer.endpoint.id} ${answer.facts.complete} ${Buffer.concat([...answer.chunks]).length}`);
      return made as unknown as ReturnType<Recorder['record']>;
    },
  };
  const { upstream, generation } = build({ recorder, onClosed: () => void order.push('closed') });
  const follower = { onOpen: () => undefined, onChunk: () => true, onEnd: () => void order.push('end') };
  generation.flight.attach(follower);
  generation.start();
  upstream.answer(200, JSON_HEAD, COMPLETION);
  expect(order).toEqual([`record m/a true ${COMPLETION.length}`, 'closed', 'end']);
  expect(generation.recording).toBe(made);
});

test('an answer that is longer than what is kept is not recorded, and its arrival times are not kept either', () => {
  const calls: string[] = [];
  const recorder = { arrived: () => void calls.push('arrived'), record: () => void calls.push('record') };
  const { upstream } = start({
    ...streaming,
    retainBytes: 10,
    recorder: recorder as unknown as Pick<Recorder, 'arrived' | 'record'>,
  });
  upstream.answer(200, STREAM_HEAD, chunk({ content: 'Hi' }), chunk({}, 'stop'), DONE);
  expect(calls).toEqual(['arrived']);
});

test('a failed answer is not recorded', () => {
  const calls: string[] = [];
  const recorder = { arrived: () => undefined, record: () => void calls.push('record') };
  const { upstream } = start({ ...streaming, recorder: recorder as unknown as Pick<Recorder, 'arrived' | 'record'> });
  upstream.answer(200, STREAM_HEAD, chunk({ content: 'Hi' }));
  expect(calls).toEqual([]);
});

test('a wait before the first endpoint loses nothing', async () => {
  let go: () => void = () => undefined;
  const candidates = new FakeCandidates(endpoint('a'));
  candidates.prepared = new Promise((resolve) => (go = resolve));
  const { upstream, seen } = start({ candidates });
  expect(upstream.sent).toEqual([]);
  go();
  await turn();
  upstream.answer(200, JSON_HEAD, COMPLETION);
  expect(seen.ending).toEqual({ kind: 'done' });
});

test('a fault of the proxy reaches the followers as an internal error and the log with its cause', () => {
  const candidates = new FakeCandidates(endpoint('a'));
  candidates.next = () => {
    throw new Error('made up');
  };
  const { seen, reports } = start({ candidates });
  expect(seen.ending).toMatchObject({ failure: { error: { code: 'internal_error' } } });
  expect(reports.faults).toMatchObject([{ message: 'made up' }]);
});

test('a response is known by its id from the commit on, when the provider keeps it', () => {
  const created = `event: response.created\ndata: ${JSON.stringify({ type: 'response.created', response: { id: 'resp_1' } })}\n\n`;
  const delta = `event: response.output_text.delta\ndata: ${JSON.stringify({ type: 'response.output_text.delta', delta: 'Hi' })}\n\n`;
  const body = { model: 'm', input: 'Hello' };
  for (const store of [true, false]) {
    const { upstream, affinity } = start({ protocol: 'responses', body, facts: { stream: true, store } });
    upstream.last.handler.onHead(200, STREAM_HEAD);
    upstream.last.handler.onData(Buffer.from(created + delta));
    expect(affinity.peek(['resp_1'])).toBe(store ? 'm/a' : undefined);
  }
});

test('the endpoint that goes on from a response is known as its owner', () => {
  const body = { model: 'm', input: 'Hello', previous_response_id: 'resp_0' };
  const { upstream, affinity } = start({ protocol: 'responses', body });
  expect(affinity.peek(['resp_0'])).toBeUndefined();
  upstream.answer(200, JSON_HEAD, RESPONSE);
  expect([affinity.peek(['resp_0']), affinity.peek(['resp_1'])]).toEqual(['m/a', 'm/a']);
});

const UNKNOWN = '{"error":{"message":"not found","code":"previous_response_not_found"}}';

test.each([
  [[429, 400, 400], 429],
  [[400, 429, 400], 429],
  [[400, 400, 503], 503],
  [[400, 400, 400], 400],
])(
  'of the answers %j the follower gets the %i: an account that does not know a response outweighs none',
  async (statuses, shown) => {
    const candidates = new FakeCandidates(...['a', 'b', 'c'].map((id) => endpoint(id)));
    const { upstream, seen } = start({ candidates });
    for (const status of statuses) {
      upstream.answer(status, JSON_HEAD, status === 400 ? UNKNOWN : '{}');
      await turn();
    }
    expect(seen.ending).toMatchObject({ failure: { kind: 'answer', status: shown, attempts: 3 } });
  },
);

test('an owner that could not be reached outweighs the accounts that do not know the response', async () => {
  const { upstream, seen } = start();
  upstream.fail('refused');
  await turn();
  upstream.answer(400, JSON_HEAD, UNKNOWN);
  await turn();
  expect(seen.ending).toMatchObject({
    failure: { kind: 'error', endpoint: 'm/a', error: { code: 'upstream_failed' } },
  });
});

test('while the owner has to be left alone, the follower hears that and not what the others said', async () => {
  const candidates = new FakeCandidates(endpoint('b'));
  candidates.ownerUntried = true;
  const { upstream, seen } = start({ candidates });
  upstream.answer(400, JSON_HEAD, UNKNOWN);
  await turn();
  expect(seen.ending).toMatchObject({ failure: { error: { code: 'no_endpoint_available' }, attempts: 1 } });
});

test('the last follower leaves before the head: the generation is booked as its attempt ended', () => {
  const { upstream, attachment, reports } = start();
  attachment.leave();
  expect(upstream.last.calls).toContain('abort');
  expect(reports.attempts).toEqual(['m/a client_left']);
  expect(reports.generations).toMatchObject([{ outcome: 'client_left', attempts: 1 }]);
});

test('an error of the table that an attempt meets reaches the followers as it is, and the log', async () => {
  const { upstream, reports, generation, seen } = build();
  upstream.send = () => {
    throw new ProxyError('invalid_json', 'made up');
  };
  generation.flight.attach(seen);
  generation.start();
  await turn();
  expect(seen.ending).toMatchObject({ failure: { error: { code: 'invalid_json' }, attempts: 1 } });
  expect(reports.faults).toMatchObject([{ message: 'made up' }]);
  expect(reports.attempts).toEqual(['m/a proxy_fault']);
});

test('encrypted items of an answer are known to belong to its endpoint', () => {
  const { upstream, affinity } = start({ protocol: 'responses', body: { model: 'm', input: 'Hello' } });
  const reasoning = { id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: 'gAAAA-made-up' };
  const { output, ...rest } = JSON.parse(RESPONSE) as { output: object[] };
  upstream.answer(200, JSON_HEAD, JSON.stringify({ ...rest, output: [reasoning, ...output] }));
  const { encryptedItems } = PROTOCOLS.responses.facts({ model: 'm', input: [reasoning] });
  expect(encryptedItems).toHaveLength(1);
  expect(affinity.peek(encryptedItems)).toBe('m/a');
});
