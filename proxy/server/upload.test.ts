import {
  Agent,
  type ClientRequest,
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import nock from 'nock';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { ProxyError } from '../core/errors.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Candidates } from '../generation/candidates.ts';
import type { TransportEnd, TransportJob } from '../pipeline/transport.ts';
import type { Endpoint } from '../routing/types.ts';
import { NodeResponder } from './responder.ts';
import { Uploads } from './upload.ts';

// What an abort does to a socket matters here.
beforeAll(() => nock.restore());
afterAll(() => nock.activate());

type AgentOf = TransportJob['tools']['upstream']['agentFor'];

const TIMEOUTS = { connectMs: 1_000, firstByteMs: 50, idleMs: 200, firstContentMs: 50, answerMs: 200 };
const BODY = Buffer.alloc(100_000, 'x');

let upstream: Server;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let front: Server;
let released: Outcome[];
let ended: Promise<TransportEnd>;

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

beforeEach(async () => {
  upstream = createServer((request, response) => answer(request, response));
  released = [];
  await listen(upstream);
});

afterEach(async () => {
  for (const server of [front, upstream]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
}

function jobFor(origin: string, hasEndpoint: boolean, agentFor: AgentOf): TransportJob {
  const endpoint: Endpoint = {
    id: 'm/a',
    provider: 'openai',
    origin,
    basePath: '/v1',
    credential: { kind: 'key', value: 'sk-endpoint-key' },
    weight: 1,
    headers: {},
  };
  const lease = {
    endpoint,
    probe: false,
    firstEvent: () => undefined,
    release: (outcome: Outcome) => released.push(outcome),
  };
  const candidates: Candidates = {
    subject: "model 'm'",
    ownerUntried: false,
    totalMs: 60_000,
    isOverBudget: false,
    retryAfterMs: () => 0,
    prepare: () => undefined,
    next: () => (hasEndpoint ? { lease, timeouts: TIMEOUTS, foreignSeals: false } : undefined),
    mayGoOn: () => false,
    unavailable: () => new ProxyError('no_endpoint_available', 'none'),
  };
  const clock = new ManualClock();
  const silent = (): undefined => undefined;
  const trace = (): never => {
    throw new Error('nothing is traced');
  };
  const heard = { attempt: silent, generation: silent, fault: silent, exchange: silent, shared: silent };
  const telemetry = { ...heard, tracing: false, trace };
  const request: TransportJob['request'] = () => ({
    origin,
    path: '/v1/files?x=1',
    method: 'POST',
    headers: ['authorization', 'Bearer sk-endpoint-key', 'content-type', 'application/octet-stream'],
    timeouts: TIMEOUTS,
  });
  const tools = { clock, telemetry, upstream: { send: () => ({ pause() {}, resume() {}, abort() {} }), agentFor } };
  const labels: TransportJob['labels'] = ({ id }) => ['x-request-id', 'req_1', 'x-llmproxy-endpoint', id];
  return { id: 'req_1', tools, candidates, callersCredential: false, labels, request };
}

/** Sends an upload through a front of its own. */
async function upload(agentOf: AgentOf, origin = `http://127.0.0.1:${portOf(upstream)}`, hasEndpoint = true) {
  const uploads = new Uploads();
  const began = Promise.withResolvers<TransportEnd>();
  ended = began.promise;
  const carry = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const transport = uploads.transport(request, response, new NodeResponder(response));
    const end = await transport.run(jobFor(origin, hasEndpoint, agentOf));
    if (end.kind === 'failed') response.writeHead(599).end();
    began.resolve(end);
  };
  front = createServer((request, response) => void carry(request, response));
  await listen(front);
  const outgoing = httpRequest({ port: portOf(front), host: '127.0.0.1', method: 'POST', agent: false });
  outgoing.on('error', () => undefined);
  outgoing.end(BODY);
  return outgoing;
}

async function answerOf(outgoing: ClientRequest): Promise<{ status: number; body: string }> {
  const response = await new Promise<IncomingMessage>((resolve) => outgoing.on('response', resolve));
  return { status: response.statusCode ?? 0, body: await text(response).catch(() => 'broken') };
}

const direct: AgentOf = () => undefined;

test('an upload reaches its endpoint with the head that was made for it and every byte', async () => {
  let seen: { url: unknown; body: Buffer; authorization: unknown } | undefined;
  answer = async (request, response) => {
    seen = { url: request.url, authorization: request.headers.authorization, body: await buffer(request) };
    response.writeHead(201, { 'content-type': 'application/json' }).end('{"key":"sk-endpoint-key"}');
  };
  const got = await answerOf(await upload(direct));
  expect(got).toEqual({ status: 201, body: '{"key":"***************"}' });
  expect(seen).toEqual({ url: '/v1/files?x=1', authorization: 'Bearer sk-endpoint-key', body: BODY });
  expect(await ended).toEqual({ kind: 'answered', status: 201, endpoint: 'm/a', attempts: 1, broken: false });
  expect(released).toEqual([{ kind: 'ok', status: 201 }]);
});

test('where a proxy of the environment stands before the endpoint, the upload goes through it', async () => {
  answer = (request, response) => void buffer(request).then(() => response.end('through'));
  const asked: string[] = [];
  class Through extends Agent {
    override createConnection(): ReturnType<typeof connect> {
      return connect(portOf(upstream), '127.0.0.1');
    }
  }
  const agent = new Through();
  const agentOf: AgentOf = ({ origin }) => {
    asked.push(origin);
    return agent;
  };
  expect(await answerOf(await upload(agentOf, 'http://llm.test'))).toEqual({ status: 200, body: 'through' });
  expect(asked).toEqual(['http://llm.test']);
  agent.destroy();
});

test('an endpoint that says nothing is given up', async () => {
  answer = () => undefined;
  expect((await answerOf(await upload(direct))).status).toBe(599);
  expect(await ended).toMatchObject({ kind: 'failed', failure: { error: { code: 'upstream_timeout' }, attempts: 1 } });
  expect(released).toMatchObject([{ kind: 'timeout_answer' }]);
});

test('an answer that stands still is cut, and is the endpoint’s fault', async () => {
  answer = (request, response) => {
    request.resume();
    response.writeHead(200, { 'content-length': '10' }).write('half');
  };
  expect(await answerOf(await upload(direct))).toEqual({ status: 200, body: 'broken' });
  expect(await ended).toMatchObject({ kind: 'answered', status: 200, broken: true });
  expect(released).toEqual([{ kind: 'timeout_idle' }]);
});

test('a client that leaves ends the upload, and the endpoint is not blamed', async () => {
  let closed = false;
  const arrived = Promise.withResolvers<void>();
  answer = (request) => {
    request.on('close', () => (closed = true)).resume();
    arrived.resolve();
  };
  const outgoing = await upload(direct);
  await arrived.promise;
  outgoing.destroy();
  expect(await ended).toMatchObject({ kind: 'answered', status: 0 });
  expect(released).toEqual([{ kind: 'client_left' }]);
  await expect.poll(() => closed).toBe(true);
});

test('without an endpoint nothing is sent', async () => {
  answer = () => expect.unreachable();
  await answerOf(await upload(direct, undefined, false));
  expect(await ended).toMatchObject({
    kind: 'failed',
    failure: { error: { code: 'no_endpoint_available' }, attempts: 0 },
  });
  expect(released).toEqual([]);
});
