import { ResponsesWS } from 'openai/resources/responses/ws';
import { expect, test, vi } from 'vitest';
import type { Mock } from '../../mocks/index.ts';
import { chat, collect, nonce, textOf } from './ask.ts';
import { MODEL } from './bed.ts';
import { send } from './http.ts';
import type { Span } from './otlp.ts';
import { tracedBed } from './traced-bed.ts';

// Each test starts a process.
vi.setConfig({ testTimeout: 60_000 });

const PARENT = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const SAMPLED = `00-${PARENT.traceId}-${PARENT.spanId}-01`;

/** The `traceparent` headers that a mock has seen, in parts. */
async function seenBy(mock: Mock): Promise<{ traceId?: string; spanId?: string; flags?: string; state?: string }[]> {
  return (await mock.requests()).map(({ headers }) => {
    const { traceparent, tracestate: state } = headers as Record<string, string | undefined>;
    const [, traceId, spanId, flags] = traceparent?.split('-') ?? [];
    return { traceId, spanId, flags, ...(state === undefined ? {} : { state }) } as never;
  });
}

test('a request is a span of the client’s trace, its attempt one below it that travels on to the endpoint', async () => {
  const { client, trace, mock, proxy } = await tracedBed();
  const { data, response } = await client.chat.completions
    .create(chat(nonce()), { headers: { traceparent: SAMPLED, tracestate: 'vendor=1' } })
    .withResponse();
  const { server, clients, lookup } = await trace(3);
  const [attempt] = clients;
  expect(server).toMatchObject({ traceId: PARENT.traceId, parentSpanId: PARENT.spanId, traceState: 'vendor=1' });
  expect(attempt).toMatchObject({ parentSpanId: server.spanId, kind: 'client', name: `chat ${MODEL}` });
  expect(lookup).toMatchObject({ parentSpanId: server.spanId, kind: 'internal' });
  expect(await seenBy(mock)).toEqual([
    { traceId: PARENT.traceId, spanId: attempt?.spanId, flags: '01', state: 'vendor=1' },
  ]);
  const { usage } = data;
  expect(server).toMatchObject({ name: `chat ${MODEL}`, isError: false });
  expect(server.attributes).toMatchObject({
    'http.request.method': 'POST',
    'url.path': '/v1/chat/completions',
    'http.response.status_code': 200,
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': MODEL,
    'gen_ai.response.model': data.model,
    'gen_ai.response.finish_reasons': ['stop'],
    'llmproxy.request_id': response.headers.get('x-request-id'),
    'llmproxy.cache.result': 'miss',
    'llmproxy.endpoint': `${MODEL}/a`,
    'llmproxy.attempts': 1,
    'llmproxy.answer.output_tokens': usage?.completion_tokens,
  });
  expect(server.attributes['gen_ai.usage.input_tokens']).toBeUndefined();
  expect(attempt?.attributes).toMatchObject({
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': MODEL,
    'gen_ai.response.model': data.model,
    'gen_ai.response.finish_reasons': ['stop'],
    'gen_ai.usage.input_tokens': usage?.prompt_tokens,
    'gen_ai.usage.output_tokens': usage?.completion_tokens,
    'server.address': '127.0.0.1',
    'server.port': mock.port,
    'http.response.status_code': 200,
    'llmproxy.endpoint': `${MODEL}/a`,
    'llmproxy.outcome': 'ok',
    'llmproxy.attempt': 1,
  });
  expect(server.resource).toMatchObject({ 'service.name': 'llmproxy', 'process.pid': proxy.ready['pid'] });
  expect(server.begin).toBeLessThanOrEqual(attempt!.begin);
  expect(attempt!.end).toBeLessThanOrEqual(server.end);
  expect(Number(server.end / 1_000_000n)).toBeGreaterThan(Date.now() - 60_000);
});

test('a stream, its replay and its equal of the same moment: one attempt, and a link to whose it is', async () => {
  const { client, trace, mock } = await tracedBed({ mock: { pace: { firstEventMs: 300 } } });
  const question = chat(nonce());
  const ask = async () => {
    const { data, response } = await client.chat.completions.create({ ...question, stream: true }).withResponse();
    expect(textOf(await collect(data))).not.toBe('');
    return response.headers;
  };
  const both = await Promise.all([ask(), ask()]);
  const cached = await ask();
  const id = (result: string) =>
    both.find((headers) => headers.get('x-llmproxy-cache') === result)?.get('x-request-id') ?? 'none';
  const miss = await trace(3, id('miss'));
  const joined = await trace(2, id('joined'));
  const hit = await trace(2, cached.get('x-request-id'));
  expect(await mock.requests()).toHaveLength(1);
  expect(miss.clients).toHaveLength(1);
  expect(miss.server.attributes).toMatchObject({
    'gen_ai.response.finish_reasons': ['stop'],
    'llmproxy.stream': true,
  });
  expect(Number(miss.clients[0]?.attributes['llmproxy.time_to_first_token_ms'])).toBeGreaterThan(0);
  expect(joined.server.links).toEqual([{ traceId: miss.server.traceId, spanId: miss.server.spanId }]);
  expect(joined.server.attributes).toMatchObject({ 'llmproxy.cache.result': 'joined', 'llmproxy.attempts': 0 });
  expect(hit.server.links).toEqual([]);
  expect(hit.server.attributes).toMatchObject({
    'llmproxy.cache.result': 'hit',
    'gen_ai.response.finish_reasons': ['stop'],
  });
  expect(hit.lookup?.attributes).toEqual({ 'llmproxy.cache.result': 'hit', 'llmproxy.cache.tier': 'memory' });
  for (const { server } of [joined, hit]) expect(server.traceId).not.toBe(miss.server.traceId);
});

test('each attempt of a failover has a span of its own, with its own parent in the request to the endpoint', async () => {
  const { client, trace, mocks } = await tracedBed({ mocks: 2, endpoints: [{ weight: 100 }, {}] });
  await mocks[0]!.fault({ fault: { kind: 'status', status: 500 } });
  await client.chat.completions.create(chat(nonce()));
  const { server, clients } = await trace(4);
  const [first, second] = clients.toSorted((a, b) => Number(a.begin - b.begin));
  expect(server.isError).toBe(false);
  expect(first).toMatchObject({ isError: true, parentSpanId: server.spanId });
  expect(first?.attributes).toMatchObject({ 'error.type': 'server_error', 'http.response.status_code': 500 });
  expect(first?.attributes['gen_ai.usage.input_tokens']).toBeUndefined();
  expect(second).toMatchObject({ isError: false, parentSpanId: server.spanId });
  expect(second?.attributes).toMatchObject({ 'llmproxy.attempt': 2, 'llmproxy.outcome': 'ok' });
  expect(second?.attributes['error.type']).toBeUndefined();
  const seen = await Promise.all(mocks.map(seenBy));
  expect(seen.flat().map(({ spanId }) => spanId)).toEqual([first?.spanId, second?.spanId]);
});

test('a request that fails is an error with the code that the client got', async () => {
  const { client, trace, mock } = await tracedBed();
  await mock.fault({ fault: { kind: 'cut', atByte: 0 } });
  await expect(client.chat.completions.create(chat(nonce()))).rejects.toThrow(/./);
  const { server } = await trace(3);
  expect(server.isError).toBe(true);
  expect(server.attributes).toMatchObject({ 'error.type': 'upstream_failed', 'http.response.status_code': 502 });
  const { headers } = await send(`${client.baseURL}/chat/completions`, { body: { ...chat(nonce()), model: 'none' } });
  const refused = await trace(1, String(headers['x-request-id']));
  expect(refused.server).toMatchObject({ name: 'chat', isError: false });
  expect(refused.server.attributes).toMatchObject({
    'error.type': 'model_not_found',
    'http.response.status_code': 404,
  });
});

test('a client’s decision not to sample is kept, and goes on to the endpoint', async () => {
  const { client, trace, mock, collector } = await tracedBed();
  const headers = { traceparent: `00-${PARENT.traceId}-${PARENT.spanId}-00` };
  await client.chat.completions.create(chat(nonce()), { headers });
  await client.chat.completions.create(chat(nonce()));
  const { server } = await trace(3);
  expect(collector.spans.filter(({ traceId }) => traceId === PARENT.traceId)).toEqual([]);
  const [unsampled, sampled] = await seenBy(mock);
  expect(unsampled).toMatchObject({ traceId: PARENT.traceId, flags: '00' });
  expect(sampled).toMatchObject({ traceId: server.traceId, flags: '01' });
});

test('a translated request says so, with the time that the translation took', async () => {
  const { client, trace } = await tracedBed({ endpoints: [{ api: 'chat' }] });
  await client.responses.create({ model: MODEL, input: nonce() });
  const { server, clients, all } = await trace(4);
  const [attempt] = clients;
  const translation = all.find(({ name }) => name === 'translate');
  expect(server).toMatchObject({ name: `chat ${MODEL}` });
  expect(server.attributes).toMatchObject({
    'llmproxy.operation': 'responses',
    'gen_ai.response.finish_reasons': ['completed'],
  });
  expect(attempt?.attributes).toMatchObject({ 'llmproxy.protocol': 'chat.completions' });
  expect(translation).toMatchObject({ kind: 'internal', parentSpanId: attempt?.spanId });
  expect(translation?.attributes).toEqual({
    'llmproxy.translation.from': 'responses',
    'llmproxy.translation.to': 'chat.completions',
  });
});

test('each request over a WebSocket is a span of its own, with its attempt', async () => {
  const { client, collector } = await tracedBed();
  const ws = new ResponsesWS(client);
  const ended = new Promise((resolve, reject) => {
    ws.on('response.completed', resolve);
    ws.on('error', reject);
  });
  ws.send({ type: 'response.create', model: MODEL, input: nonce() });
  await ended;
  ws.close();
  const named = (name: string): Span[] => collector.spans.filter((span) => span.name === name);
  await expect.poll(() => [named(`chat ${MODEL}`).length, named('chat').length]).toEqual([2, 1]);
  const [server, attempt] = ['server', 'client'].map((kind) =>
    named(`chat ${MODEL}`).find((span) => span.kind === kind),
  );
  expect(attempt).toMatchObject({ traceId: server?.traceId, parentSpanId: server?.spanId });
  expect(server?.attributes).toMatchObject({ 'http.request.method': 'WS', 'llmproxy.stream': true });
  expect(Number(attempt?.attributes['gen_ai.usage.output_tokens'])).toBeGreaterThan(0);
});

test('an attempt goes on for others after its own client has left, and ends with its answer', async () => {
  const { client, trace, mock } = await tracedBed({ mock: { pace: { tokensPerSecond: 30 } } });
  await mock.answer({ reply: { text: 'one word after the other '.repeat(10) } });
  const question = { ...chat(nonce()), stream: true as const };
  const leaves = new AbortController();
  const first = await client.chat.completions.create(question, { signal: leaves.signal });
  const { data, response } = await client.chat.completions.create(question).withResponse();
  expect(response.headers.get('x-llmproxy-cache')).toBe('joined');
  leaves.abort();
  await Promise.all([collect(data), collect(first).catch(() => undefined)]);
  const joined = await trace(2, response.headers.get('x-request-id'));
  const { server, clients } = await trace(3);
  expect(server.attributes).toMatchObject({ 'error.type': 'client_left', 'llmproxy.ended_by': 'client' });
  expect(clients[0]).toMatchObject({ parentSpanId: server.spanId, isError: false });
  expect(clients[0]?.attributes).toMatchObject({ 'llmproxy.outcome': 'ok' });
  expect(joined.server.links).toEqual([{ traceId: server.traceId, spanId: server.spanId }]);
});

test('a request that is passed on uninterpreted carries the span of its attempt', async () => {
  const { client, trace, mock } = await tracedBed({ config: { passthrough: { allow: ['images'] } } });
  await client.images.generate({ model: MODEL, prompt: nonce() });
  const { server, clients } = await trace(2);
  expect(await seenBy(mock)).toMatchObject([{ traceId: server.traceId, spanId: clients[0]?.spanId, flags: '01' }]);
  expect(server.attributes['gen_ai.operation.name']).toBeUndefined();
});

test('a response that is made in the background is a span of the same trace, with its attempt', async () => {
  const { client, collector } = await tracedBed({ endpoints: [{ api: 'chat' }] });
  const made = await client.responses.create(
    { model: MODEL, input: nonce(), background: true },
    { headers: { traceparent: SAMPLED } },
  );
  expect(made.status).toBe('queued');
  const kinds = (): string[] => collector.spans.map(({ kind }) => kind).toSorted();
  await expect
    .poll(() => kinds().filter((kind) => kind !== 'internal'), { timeout: 10_000 })
    .toEqual(['client', 'server', 'server']);
  const traces = new Set(collector.spans.map(({ traceId }) => traceId));
  expect(traces).toEqual(new Set([PARENT.traceId]));
});
