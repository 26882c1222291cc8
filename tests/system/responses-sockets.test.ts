import { once } from 'node:events';
import { ResponsesWS } from 'openai/resources/responses/ws';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { Talk, type Heard } from '../conformance/sockets.ts';
import { startProxy } from '../setup/services.ts';
import { MODEL, startApp, startBed, type Bed, type BedOptions, statsOf } from './bed.ts';
import { startUpstream } from './upstream.ts';

const COUNT = 'Count from 1 to 5';

interface Conversation {
  readonly ws: ResponsesWS;
  readonly talk: Talk;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly create: (body: object) => void;
}

/** Connects with the official client, through the proxy. */
function connected(bed: Pick<Bed, 'client'>): Conversation {
  const ws = new ResponsesWS(bed.client());
  const talk = new Talk();
  ws.on('event', (event) => talk.push(event));
  ws.on('error', () => undefined);
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    ws.on('close', (code, reason) => resolve({ code, reason }));
  });
  onTestFinished(() => ws.close());
  const create = (body: object): void => ws.send({ type: 'response.create', model: MODEL, ...body } as never);
  return { ws, talk, closed, create };
}

const idOf = (event: Heard): string => (event as unknown as { response: { id: string } }).response.id;

async function bedOf(options: BedOptions = {}): Promise<Bed> {
  const bed = await startBed(options);
  onTestFinished(() => bed[Symbol.asyncDispose]());
  return bed;
}

interface Counted {
  readonly generations: {
    readonly total: number;
    readonly tokens: { readonly input: number; readonly output: number };
    readonly estimated_tokens: { readonly input: number; readonly output: number };
  };
}

const accessLines = (bed: Pick<Bed, 'log'>): Record<string, unknown>[] =>
  bed
    .log()
    .split('\n')
    .filter((line) => line.includes('"msg":"request"'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('requests of one socket are answered one after the other, event for event, and each is booked once', async () => {
  const bed = await bedOf();
  const { talk, create, ws } = connected(bed);
  create({ input: COUNT, stream: true });
  create({ input: 'Say hello' });
  await talk.next('response.completed', 2);
  const [first, second] = [talk.all('response.completed')[0]!, talk.all('response.completed')[1]!];
  const numbers = talk.heard.map((event) => Number(event['sequence_number']));
  const lengthOfFirst = numbers.indexOf(0, 1);
  expect(numbers).toEqual([
    ...Array.from({ length: lengthOfFirst }, (_, at) => at),
    ...Array.from({ length: numbers.length - lengthOfFirst }, (_, at) => at),
  ]);
  expect(talk.all('response.output_text.done')[0]).toMatchObject({ text: '1\n2\n3\n4\n5' });
  create({ input: 'And now?', previous_response_id: idOf(first), store: false });
  expect(await talk.next('response.created', 3)).toMatchObject({ response: { previous_response_id: idOf(first) } });
  await talk.next('response.completed', 3);
  ws.close();
  const usage = [first, second, talk.all('response.completed')[2]!].map(
    (event) =>
      (event as unknown as { response: { usage: { input_tokens: number; output_tokens: number } } }).response.usage,
  );
  await expect.poll(() => accessLines(bed).length).toBe(4);
  const { generations } = await statsOf<Counted>(bed.url);
  expect(generations).toMatchObject({
    total: 3,
    tokens: {
      input: usage.reduce((sum, { input_tokens: tokens }) => sum + tokens, 0),
      output: usage.reduce((sum, { output_tokens: tokens }) => sum + tokens, 0),
    },
    estimated_tokens: { input: 0, output: 0 },
  });
  const lines = accessLines(bed);
  expect(lines.slice(0, 3)).toMatchObject(
    usage.map(({ input_tokens: input }) => ({
      method: 'WS',
      path: '/v1/responses',
      operation: 'responses.socket',
      status: 200,
      model: MODEL,
      endpoint: `${MODEL}/a`,
      attempts: 1,
      tokens: { input },
    })),
  );
  expect(lines[3]).toMatchObject({ method: 'GET', status: 101, operation: 'responses.socket' });
  const [handshake] = await bed.mock.requests({ operation: 'responses' });
  expect(handshake).toMatchObject({ method: 'WS', body: { model: MODEL, input: COUNT } });
});

test('each request goes to the endpoints of its own model, under the name that they know', async () => {
  const bed = await bedOf({
    mocks: 2,
    endpoints: [{ model: 'gpt-4o' }, { weight: 0 }],
    moreModels: ([, other]) => ({
      other: {
        endpoints: [{ provider: 'openai', base_url: other!.baseURL, api_key: 'sk-endpoint-b', model: 'gpt-4.1' }],
      },
    }),
  });
  const { talk, create } = connected(bed);
  create({ input: COUNT, metadata: { a: '1' } });
  create({ input: COUNT, model: 'other' });
  create({ input: COUNT, model: 'unknown' });
  expect(await talk.next('error')).toMatchObject({
    status: 404,
    error: { type: 'invalid_request_error', code: 'model_not_found', message: expect.stringContaining('`unknown`') },
  });
  create({ input: 'Say hello', model: 'other' });
  await talk.next('response.completed', 3);
  const [a, b] = await Promise.all(bed.mocks.map((mock) => mock.requests({ operation: 'responses' })));
  expect(a!.map(({ body }) => body)).toMatchObject([{ model: 'gpt-4o', input: COUNT, metadata: { a: '1' } }]);
  expect(b!.map(({ body }) => (body as { model: string }).model)).toEqual(['gpt-4.1', 'gpt-4.1']);
  await expect
    .poll(() => accessLines(bed).map(({ status, error }) => [status, error]))
    .toContainEqual([404, 'model_not_found']);
});

test('an error of the endpoint is its own event, is not booked as an answer, and the socket stays', async () => {
  const bed = await bedOf();
  await bed.mock.script([
    { match: { text: 'busy' }, answer: { error: { status: 429, headers: { 'retry-after': '1' } } } },
  ]);
  const { talk, create, ws } = connected(bed);
  create({ input: 'x', background: true });
  ws.sendRaw('no JSON');
  ws.sendRaw('{"type":"session.update"}');
  ws.sendRaw('{"type":"response.create","model":7}');
  create({ input: COUNT, stream_id: 'not a name' });
  await talk.next('error', 5);
  expect(talk.all('error')).toMatchObject([
    { status: 400, error: { code: 'invalid_json' } },
    { status: 400, error: { code: 'invalid_value', param: 'type' } },
    { status: 400, error: { code: 'invalid_stream_id' } },
    { status: 400, error: { param: 'background' } },
    { status: 400, error: { code: 'invalid_type', param: 'model' } },
  ]);
  create({ input: COUNT });
  await talk.next('response.completed');
  create({ input: 'busy' });
  expect(await talk.next('error', 6)).toMatchObject({ status: 429, error: { code: 'rate_limit_exceeded' } });
  create({ input: COUNT });
  expect(await talk.next('error', 7)).toMatchObject({ status: 503, error: { code: 'no_endpoint_available' } });
});

test('an endpoint that opens no socket is followed by the next, and a key of ours is never shown', async () => {
  const bed = await bedOf({
    mocks: 2,
    endpoints: [{ base_url: 'http://127.0.0.1:9/v1', weight: 1 }, { weight: 0 }],
  });
  await bed.mocks[1]!.script([
    { match: { text: 'leak' }, answer: { error: { status: 400, message: 'no sk-endpoint-b here' } } },
  ]);
  const { talk, create } = connected(bed);
  create({ input: COUNT });
  await talk.next('response.completed');
  create({ input: 'leak' });
  const error = await talk.next('error');
  expect(JSON.stringify(error)).toContain('no *** here');
  await expect.poll(() => accessLines(bed)).toMatchObject([{ endpoint: `${MODEL}/b`, attempts: 2 }, { status: 400 }]);
});

test('what is not stored is gone on from at the endpoint that made it', async () => {
  const bed = await bedOf({ mocks: 2, model: { strategy: 'round-robin' } });
  const { talk, create } = connected(bed);
  create({ input: COUNT, store: false });
  let last = idOf(await talk.next('response.completed'));
  for (const turn of [2, 3, 4]) {
    create({ input: 'more', previous_response_id: last, store: false });
    // oxlint-disable-next-line no-await-in-loop -- each turn goes on from the one before
    last = idOf(await talk.next('response.completed', turn));
  }
  expect(talk.all('error')).toEqual([]);
  const counts = await Promise.all(
    bed.mocks.map(async (mock) => (await mock.requests({ operation: 'responses' })).length),
  );
  expect(new Set(counts)).toEqual(new Set([0, 4]));
});

test('lanes run beside one another, and what steering adds is booked as well', async () => {
  const bed = await bedOf();
  await bed.mock.pace({ tokensPerSecond: 50 });
  const { ws, talk, create } = connected(bed);
  create({ input: COUNT, stream_id: 'a' });
  create({ input: COUNT, stream_id: 'b' });
  await talk.next('response.created', 2);
  const lanes = talk.heard.map(({ type, stream_id: id }) => `${String(id)} ${type}`);
  expect(lanes).not.toContain('a response.completed');
  const id = idOf(talk.heard.find((event) => event.type === 'response.created' && event['stream_id'] === 'a')!);
  ws.send({ type: 'response.steer', previous_response_id: id, input: 'What is 2+2?' });
  ws.send({ type: 'response.steer', previous_response_id: 'resp_other', input: 'x' });
  expect(await talk.next('response.steer.failed')).toMatchObject({ error: { code: 'response_not_found' } });
  expect(await talk.next('response.steer.accepted')).toMatchObject({ steer: { previous_response_id: id } });
  create({ input: 'Say hello', stream_id: 'a' });
  await talk.next('response.completed', 4);
  await expect.poll(async () => (await statsOf<Counted>(bed.url)).generations.total).toBe(4);
  const billed = (await bed.mock.requests({ operation: 'responses' })).reduce(
    (sum, { billed: b }) => sum + (b?.output ?? 0),
    0,
  );
  expect((await statsOf<Counted>(bed.url)).generations.tokens.output).toBe(billed);
});

test('a client that vanishes ends the endpoint’s side, and its answer is counted as left', async () => {
  const server = new WebSocketServer({ noServer: true });
  const ends: number[] = [];
  await using upstream = await startUpstream(
    (response) => response.writeHead(404).end(),
    (socket, request) =>
      server.handleUpgrade(request, socket, Buffer.alloc(0), (webSocket) => {
        webSocket.on('error', () => undefined);
        webSocket.on('close', (code) => ends.push(code));
        webSocket.on('message', () => webSocket.send('{"type":"response.created","response":{"id":"resp_1"}}'));
      }),
  );
  const lines: string[] = [];
  const endpoint = { provider: 'openai', base_url: upstream.baseURL, api_key: 'sk-endpoint-a' };
  const app = await startApp({ models: { [MODEL]: { endpoints: [endpoint] } } }, (line) => lines.push(line));
  onTestFinished(() => app.close());
  const socket = new WebSocket(`${app.url.replace('http', 'ws')}/v1/responses`);
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'response.create', model: MODEL, input: COUNT }));
  await once(socket, 'message');
  socket.terminate();
  await expect.poll(() => ends).toEqual([1006]);
  const log = { log: () => lines.join('') };
  await expect
    .poll(() =>
      accessLines(log)
        .map(({ status, method }) => `${String(method)} ${String(status)}`)
        .toSorted(),
    )
    .toEqual(['GET 101', 'WS 499']);
  const { endpoints } = await statsOf(app.url);
  expect(endpoints[0]).toMatchObject({ in_flight: 0, failures: 0 });
});

test('an endpoint that breaks off in the middle ends the request with an error, and the socket', async () => {
  const bed = await bedOf();
  await bed.mock.fault({ match: { operation: 'responses' }, fault: { kind: 'cut', afterEvents: 3 } });
  const { talk, create, closed } = connected(bed);
  create({ input: COUNT });
  expect(await talk.next('error')).toMatchObject({ status: 502, error: { code: 'stream_interrupted' } });
  expect(await closed).toMatchObject({ code: 1011 });
  expect(talk.heard).toHaveLength(4);
});

test('the number of sockets and the size of a frame are bounded', async () => {
  const bed = await bedOf({ config: { server: { response_sockets: 1, body_limit: '2KiB' } } });
  const { create, closed, talk } = connected(bed);
  create({ input: COUNT });
  await talk.next('response.completed');
  const second = new WebSocket(`${bed.url.replace('http', 'ws')}/v1/responses`);
  second.on('error', () => undefined);
  const [, response] = (await once(second, 'unexpected-response')) as [unknown, { statusCode: number }];
  expect(response.statusCode).toBe(503);
  create({ input: 'x'.repeat(3_000) });
  expect(await closed).toMatchObject({ code: 1009 });
});

test('on SIGTERM an idle socket is closed with 1001, one with a running answer after it', async () => {
  const bed = await bedOf();
  await bed.mock.pace({ tokensPerSecond: 20 });
  const endpoint = { provider: 'openai', base_url: bed.mock.baseURL, api_key: 'sk-endpoint-a' };
  const proxy = await startProxy({ config: { models: { [MODEL]: { endpoints: [endpoint] } } } });
  const client = bed.client({ baseURL: `${proxy.url}/v1` });
  const [idle, busy] = [connected({ client: () => client }), connected({ client: () => client })];
  idle.create({ input: 'Say hello' });
  await idle.talk.next('response.completed');
  busy.create({ input: COUNT });
  await busy.talk.next('response.output_text.delta');
  process.kill(proxy.pid, 'SIGTERM');
  expect(await idle.closed).toEqual({ code: 1001, reason: 'the proxy is shutting down' });
  expect(busy.talk.types).not.toContain('response.completed');
  busy.create({ input: COUNT });
  expect(await busy.talk.next('error')).toMatchObject({ status: 503, error: { code: 'shutting_down' } });
  await busy.talk.next('response.completed');
  expect(await busy.closed).toEqual({ code: 1001, reason: 'the proxy is shutting down' });
  await proxy.stop();
});

test.each([{ responses: 'stateless' }, { api: 'chat' }])(
  'where endpoints keep no responses (%j), requests go to them over HTTP',
  async (setting) => {
    const bed = await bedOf({
      mocks: 2,
      endpoints: [setting, setting],
      model: { strategy: 'round-robin' },
    });
    const { talk, create } = connected(bed);
    create({ input: COUNT, stream_id: 'a' });
    const first = await talk.next('response.completed');
    expect(talk.heard.map((event) => event['sequence_number'])).toEqual(talk.heard.map((_, at) => at));
    expect(new Set(talk.heard.map((event) => event['stream_id']))).toEqual(new Set(['a']));
    create({ input: 'And now?', previous_response_id: idOf(first) });
    expect(await talk.next('response.created', 2)).toMatchObject({ response: { previous_response_id: idOf(first) } });
    const second = await talk.next('response.completed', 2);
    expect(await bed.client().responses.retrieve(idOf(second))).toMatchObject({ status: 'completed' });
    create({ input: `Hello`, store: false, stream_id: 'b' });
    const unstored = idOf(await talk.next('response.completed', 3));
    create({ input: 'And now?', store: false, previous_response_id: unstored, stream_id: 'b' });
    await talk.next('response.completed', 4);
    await expect(bed.client().responses.retrieve(unstored)).rejects.toMatchObject({ status: 404 });
    const elsewhere = connected(bed);
    elsewhere.create({ input: 'x', previous_response_id: unstored, store: false });
    expect(await elsewhere.talk.next('error')).toMatchObject({ error: { code: 'previous_response_not_found' } });
    create({ input: 'x', previous_response_id: unstored, store: false });
    create({ input: 'x', background: true });
    create({ input: 'x', generate: false });
    await talk.next('error', 3);
    expect(talk.all('error')).toMatchObject([
      { status: 400, error: { code: 'previous_response_not_found' } },
      { status: 400, error: { param: 'background' } },
      { status: 400, error: { param: 'generate' } },
    ]);
    create({ input: COUNT });
    expect(await talk.next('response.output_text.done', 5)).toMatchObject({ text: '1\n2\n3\n4\n5' });
    const requests = await bed.requests();
    expect(requests.map(({ method, stream }) => [method, stream])).toEqual([
      ['POST', true],
      ['POST', true],
      ['POST', true],
      ['POST', true],
    ]);
    await talk.next('response.completed', 5);
    const cached = (): unknown[] => accessLines(bed).map(({ cache }) => cache);
    await expect.poll(cached).toContain('hit');
    expect(cached().filter((cache) => cache !== 'none' && cache !== 'bypass')).toEqual([
      'miss',
      'miss',
      'miss',
      'miss',
      'hit',
    ]);
  },
);
