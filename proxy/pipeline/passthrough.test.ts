import type { IncomingHttpHeaders } from 'node:http';
import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { defaultFamilies } from '../core/route-families.ts';
import type { OpaqueRequest } from '../generation/opaque-request.ts';
import { PROTOCOLS } from '../protocols/table.ts';
import { Affinity } from '../routing/affinity.ts';
import { RetryBudget } from '../routing/retry-budget.ts';
import type { Endpoint } from '../routing/types.ts';
import type { HeldBody, InspectOptions, Responder } from '../wire/http.ts';
import { createContext, type RequestContext } from './context.ts';
import { forwardPassthrough, receivePassthrough, resolvePassthrough, respondPassthrough } from './passthrough.ts';
import type { ModelRuntime, Runtime } from './runtime.ts';
import type { TransportEnd, TransportJob } from './transport.ts';

interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly headers?: IncomingHttpHeaders;
  readonly body?: string;
  readonly upgrade?: boolean;
  readonly models?: readonly string[];
  /** True for a body that was spooled. */
  readonly spooled?: boolean;
}

interface Passed {
  readonly context: RequestContext;
  readonly runtime: Runtime;
  readonly inspected: readonly InspectOptions[];
  readonly jobs: readonly TransportJob[];
  readonly heads: readonly string[];
}

const JSON_TYPE = { 'content-type': 'application/json' };
const END: TransportEnd = { kind: 'answered', status: 101, endpoint: 'm/a', attempts: 2, broken: true };

const endpoint: Endpoint = {
  id: 'm/a',
  provider: 'openai',
  origin: 'http://a',
  basePath: '/v1',
  credential: { kind: 'none' },
  weight: 1,
  headers: {},
};

function modelNamed(name: string): ModelRuntime {
  const router = {
    endpoints: [endpoint],
    forwardsCredential: false,
    stickyKey: () => undefined,
    acquire: () => undefined,
    refusal: () => ({ retryAfterMs: 1_000, callersLimit: false }),
  };
  return {
    name,
    router,
    attempts: 1,
    timeouts: { connectMs: 1, firstByteMs: 2, idleMs: 3, firstContentMs: 4, answerMs: 5, totalMs: 6 },
    retries: new RetryBudget(20),
  } as unknown as ModelRuntime;
}

function prepare(ask: Ask, end: TransportEnd = END): Passed {
  const inspected: InspectOptions[] = [];
  const jobs: TransportJob[] = [];
  const heads: string[] = [];
  const { body = '' } = ask;
  const source = {
    collect: () => Promise.reject(new Error('never asked for')),
    inspect: async (options: InspectOptions): Promise<HeldBody> => {
      inspected.push(options);
      options.finder.push(Buffer.from(body));
      const findings = options.finder.end();
      const outgoing = () => ({ body: Buffer.from(body), bytes: body.length });
      return { findings, inMemory: ask.spooled !== true, bytes: body.length, outgoing, close: async () => undefined };
    },
  };
  const responder: Responder = {
    headSent: false,
    closed: false,
    head: (status) => void heads.push(String(status)),
    write: () => true,
    end: () => undefined,
    cut: () => undefined,
    drop: () => undefined,
    onDrain: () => undefined,
    onLeave: () => undefined,
  };
  const length = body === '' ? {} : { 'content-length': String(body.length) };
  const context = createContext({
    id: 'req_1',
    operation: 'passthrough',
    protocol: PROTOCOLS['chat.completions'],
    head: {
      method: ask.method ?? 'POST',
      path: ask.path ?? '/images/generations',
      query: ask.query ?? '',
      headers: { ...length, ...ask.headers },
    },
    source,
    responder,
    subject: undefined,
    startedAt: 0,
    cacheStatus: 'none',
    transport: {
      kind: ask.upgrade ? 'upgrade' : 'request',
      origin: () => 'http://localhost',
      run: async (job) => {
        jobs.push(job);
        return end;
      },
    },
  });
  const models = (ask.models ?? ['m']).map(modelNamed);
  const clock = new ManualClock();
  const runtime = {
    clock,
    affinity: new Affinity({ clock }),
    bodyLimit: 1_000,
    streamKeepaliveMs: 0,
    passthrough: { model: 'm', allow: new Set(defaultFamilies(false)), replayLimit: 100 },
    models,
    model: (name: string) => models.find((model) => model.name === name) ?? models.find((model) => model.name === '*'),
    telemetry: { attempt: () => undefined, generation: () => undefined, fault: () => undefined },
  } as unknown as Runtime;
  return { context, runtime, inspected, jobs, heads };
}

async function resolved(ask: Ask): Promise<Passed> {
  const passed = prepare(ask);
  await receivePassthrough(passed.context, passed.runtime);
  await resolvePassthrough(passed.context, passed.runtime);
  return passed;
}

async function opaqueOf(ask: Ask): Promise<OpaqueRequest | undefined> {
  const { context, runtime } = await resolved(ask);
  forwardPassthrough(context, runtime);
  return context.generation?.request.opaque;
}

const code = async (ask: Ask): Promise<unknown> =>
  resolved(ask).then(
    () => undefined,
    (error: { code: string }) => error.code,
  );
const named = (model: string): string => JSON.stringify({ model });

test('a route that is not allowed is refused before its body is read', async () => {
  const passed = prepare({ path: '/organization/users', body: named('m') });
  await expect(receivePassthrough(passed.context, passed.runtime)).rejects.toMatchObject({ code: 'route_not_allowed' });
  expect(passed.inspected).toEqual([]);
});

test.each([
  ['a request without a body', { method: 'GET', path: '/files' }, 0, false],
  ['a body that may name a model', { body: named('m'), headers: JSON_TYPE }, 1, false],
  [
    'a body in chunks that may name a model',
    { headers: { 'transfer-encoding': 'chunked', ...JSON_TYPE }, body: named('m') },
    1,
    false,
  ],
  ['a small body that names none', { path: '/files', body: 'x' }, 1, false],
  [
    'a small form without a boundary that names none',
    { path: '/files', body: 'x', headers: { 'content-type': 'multipart/form-data' } },
    1,
    false,
  ],
  ['a body of just the limit that names none', { path: '/files', body: 'x'.repeat(100) }, 1, false],
  ['a large body that names none', { path: '/files', body: 'x'.repeat(101) }, 0, true],
  ['a body in chunks that names none', { path: '/files', headers: { 'transfer-encoding': 'chunked' } }, 0, true],
  ['an upgrade', { path: '/realtime', upgrade: true }, 0, false],
])('%s is read as it has to be', async (_what, ask, reads, streams) => {
  const { context, inspected } = await resolved(ask);
  expect(inspected).toHaveLength(reads);
  expect(context.passthrough?.streams).toBe(streams);
  for (const { replayLimit, bodyLimit } of inspected) expect([replayLimit, bodyLimit]).toEqual([100, 1_000]);
});

test.each([
  ['a name in the body', { body: named('m') }, undefined],
  ['a name in the query', { query: 'model=m' }, undefined],
  ['a name that is not configured', { body: named('x') }, 'model_not_found'],
  ['a name in a query that is not configured', { method: 'GET', path: '/files', query: 'model=x' }, 'model_not_found'],
  ['two names', { query: 'model=x', body: named('m') }, 'invalid_value'],
  ['a session’s name', { path: '/realtime/client_secrets', body: '{"session":{"model":"x"}}' }, 'model_not_found'],
  ['a session’s name elsewhere', { body: '{"session":{"model":"x"}}' }, undefined],
  ['what is no JSON', { body: 'x' }, 'invalid_json'],
  ['what is no JSON on a path of no family', { path: '/odd', body: 'x' }, undefined],
  ['any name where every one is taken', { body: named('x'), models: ['m', '*'] }, undefined],
  ['a realtime socket', { path: '/realtime', upgrade: true }, undefined],
  ['a socket whose frames are not read', { path: '/audio/live', upgrade: true, query: 'model=m' }, 'route_not_allowed'],
  ['one where every name is taken', { path: '/audio/live', upgrade: true, models: ['m', '*'] }, undefined],
])('%s is taken or refused', async (_what, ask, refusal) => {
  expect(await code(ask)).toBe(refusal);
});

test('the model and what was found of it is there for the stages that follow', async () => {
  const body = '{"model":"m","previous_response_id":"resp_1"}';
  const { context } = await resolved({ path: '/responses/compact', body });
  expect(context.model?.name).toBe('m');
  expect(context.facts).toMatchObject({ model: 'm', previousResponseId: 'resp_1' });
  const { context: none } = await resolved({ path: '/files', body: 'x' });
  expect(none.model?.name).toBe('m');
  expect(none.facts).toBeUndefined();
  const { context: open } = await resolved({ path: '/audio/live', upgrade: true, models: ['m', '*'] });
  expect(open.model?.name).toBe('*');
});

test.each([
  ['an image', { body: named('m') }, true],
  ['an image in a file', { body: named('m'), spooled: true }, false],
  ['a request without a model', { body: '{}' }, false],
  ['a video', { path: '/videos', body: named('m') }, false],
  ['a session', { path: '/realtime/client_secrets', body: '{"session":{"model":"m"}}' }, false],
  ['a realtime socket', { path: '/realtime', query: 'model=m', upgrade: true }, true],
  [
    'one with a client’s secret',
    { path: '/realtime', query: 'model=m', upgrade: true, headers: { authorization: 'Bearer ek_1' } },
    false,
  ],
])('%s may be repeated: %s', async (_what, ask, repeatable) => {
  expect((await resolved(ask)).context.passthrough?.repeatable).toBe(repeatable);
});

test('what must not be repeated is sent on a connection of its own, unless it only reads', async () => {
  expect(await opaqueOf({ body: named('m') })).toMatchObject({ family: 'images', model: 'm', fresh: false });
  expect(await opaqueOf({ body: '{}' })).toMatchObject({ model: undefined, fresh: true });
  expect(await opaqueOf({ method: 'DELETE', path: '/files/f' })).toMatchObject({ fresh: true });
  for (const method of ['GET', 'HEAD'])
    expect(await opaqueOf({ method, path: '/files' })).toMatchObject({ fresh: false });
});

test('only what creates something that is kept is learnt from', async () => {
  expect(await opaqueOf({ path: '/assistants', body: named('m') })).toHaveProperty('learn');
  expect(await opaqueOf({ body: named('m') })).not.toHaveProperty('learn');
  expect(await opaqueOf({ method: 'GET', path: '/assistants' })).not.toHaveProperty('learn');
});

test('a client’s secret counts on realtime routes alone', async () => {
  const headers = { authorization: 'Bearer ek_1' };
  expect(await opaqueOf({ path: '/realtime/calls', headers })).toMatchObject({ clientSecret: 'ek_1' });
  expect(await opaqueOf({ path: '/files', headers })).not.toHaveProperty('clientSecret');
});

test('a generation is built for what is held, and for nothing else', async () => {
  const held = await resolved({ body: named('m') });
  forwardPassthrough(held.context, held.runtime);
  expect(held.context.startsGeneration).toBe(true);
  for (const ask of [
    { path: '/files', body: 'x'.repeat(101) },
    { path: '/realtime', upgrade: true },
  ]) {
    const { context, runtime } = await resolved(ask);
    forwardPassthrough(context, runtime);
    expect(context.generation).toBeUndefined();
    expect(context.startsGeneration).toBe(false);
  }
});

test('what is not held goes the server’s way, and its end is noted', async () => {
  const passed = await resolved({
    path: '/realtime',
    query: 'model=m',
    upgrade: true,
    headers: { authorization: 'Bearer ek_1' },
  });
  await respondPassthrough(passed.context, passed.runtime);
  expect(passed.context).toMatchObject({ status: 101, endpoint: 'm/a', attempts: 2 });
  expect(passed.context.termination).toEqual({ by: 'upstream', phase: 'respond' });
  const [job] = passed.jobs;
  expect(job).toMatchObject({ id: 'req_1', callersCredential: true });
  const { timeouts } = passed.context.model!;
  expect(job?.request(endpoint, timeouts)).toMatchObject({ path: '/v1/realtime?model=m', method: 'POST', timeouts });
});

test('a failure of the server’s way is the client’s answer', async () => {
  const answer = {
    kind: 'answer',
    status: 403,
    headers: [],
    body: Buffer.from('no'),
    endpoint: 'm/a',
    attempts: 1,
  } as const;
  const { context, runtime, heads, jobs } = prepare(
    { path: '/realtime', upgrade: true },
    { kind: 'failed', failure: answer },
  );
  await receivePassthrough(context, runtime);
  await resolvePassthrough(context, runtime);
  await respondPassthrough(context, runtime);
  expect(heads).toEqual(['403']);
  expect(jobs[0]?.callersCredential).toBe(false);
  expect(context).toMatchObject({ status: 403, attempts: 1, endpoint: 'm/a' });
});

test('a stage that runs before those it needs says so', async () => {
  const { context, runtime } = prepare({});
  await expect(resolvePassthrough(context, runtime)).rejects.toThrow('after receive');
  await receivePassthrough(context, runtime);
  expect(() => forwardPassthrough(context, runtime)).toThrow('after resolve');
});
