import { once } from 'node:events';
import { Agent, get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { post, startBed, until, withRealSockets } from '../../tests/setup/mock-bed.ts';
import type { MockServer } from './server.ts';

withRealSockets();

interface Answer {
  readonly status: number;
  readonly json: Record<string, unknown>;
}

async function bed(): Promise<{
  server: MockServer;
  call: (method: string, name: string, body?: unknown) => Promise<Answer>;
}> {
  const server = await startBed({ pace: { firstEventMs: 0 } });
  onTestFinished(() => server.close());
  const call = async (method: string, name: string, body?: unknown): Promise<Answer> => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${server.url}/__mock/${name}`, {
      method,
      ...(body === undefined ? {} : { body: text }),
    });
    return { status: response.status, json: (await response.json()) as Record<string, unknown> };
  };
  return { server, call };
}

async function chat(server: MockServer, body: object = {}): Promise<string> {
  const response = await post(`${server.url}/v1/chat/completions`, { model: 'm', ...body });
  const { choices } = (await response.json()) as { choices?: { message: { content: string } }[] };
  return choices?.[0]?.message.content ?? `status ${response.status}`;
}

test('health says who answers', async () => {
  const { server, call } = await bed();
  expect(await call('GET', 'health')).toEqual({
    status: 200,
    json: { status: 'ok', url: server.url, port: server.port, pid: process.pid },
  });
});

test('the journal can be read and forgotten with filters, and control requests are not in it', async () => {
  const { server, call } = await bed();
  await chat(server);
  await chat(server, { model: 'n' });
  const { json } = await call('GET', 'journal?model=n&operation=chat.completions&path=/v1/chat/completions&since=0');
  expect(json['entries']).toMatchObject([{ model: 'n', status: 200, port: server.port }]);
  expect((await call('DELETE', 'journal?model=n')).json).toEqual({ deleted: 1 });
  expect((await call('DELETE', 'journal')).json).toEqual({ deleted: 1 });
  expect((await call('GET', 'journal')).json).toEqual({ entries: [] });
});

test('the journal sees which requests share a connection', async () => {
  const { server, call } = await bed();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  for (const path of ['/v1/a', '/v1/b']) {
    const [response] = (await once(get(`${server.url}${path}`, { agent }), 'response')) as [IncomingMessage];
    await once(response.resume(), 'end');
  }
  await chat(server);
  const { json } = await call('GET', 'journal');
  expect((json['entries'] as { connection: number }[]).map(({ connection }) => connection)).toEqual([1, 1, 2]);
});

test('answers are scripted and taken back', async () => {
  const { server, call } = await bed();
  const rule = { match: { model: 'm' }, times: 2, reply: { text: 'scripted' } };
  expect(await call('POST', 'answers', rule)).toEqual({ status: 200, json: { rules: 1 } });
  expect([await chat(server, { model: 'n' }), await chat(server)]).toEqual(['pong', 'scripted']);
  expect((await call('DELETE', 'answers')).json).toEqual({ rules: 0 });
  expect(await chat(server)).toBe('pong');
});

test('faults are scripted and taken back', async () => {
  const { server, call } = await bed();
  expect((await call('POST', 'faults', { fault: { kind: 'status', status: 503 } })).json).toEqual({ rules: 1 });
  expect(await chat(server)).toBe('status 503');
  expect((await call('DELETE', 'faults')).json).toEqual({ rules: 0 });
  expect(await chat(server)).toBe('pong');
});

test('the pace changes in the fields that are given, and a reset restores it', async () => {
  const { server, call } = await bed();
  expect((await call('PATCH', 'pace', { tokensPerSecond: 9 })).json).toEqual({ firstEventMs: 0, tokensPerSecond: 9 });
  expect((await call('PATCH', 'pace', { firstEventMs: 3 })).json).toEqual({ firstEventMs: 3, tokensPerSecond: 9 });
  expect((await call('POST', 'reset')).json).toEqual({ status: 'ok' });
  expect(server.tenantState.pace).toEqual({ firstEventMs: 0 });
});

test('stop answers first and then closes the port', async () => {
  const { server, call } = await bed();
  expect((await call('POST', 'stop')).json).toEqual({ status: 'stopping' });
  await until(() => !server.listening);
  await expect(fetch(server.url)).rejects.toThrow('fetch failed');
});

test.each([
  ['POST', 'answers', {}, 400, 'answer: expected either answer or reply, which mean the same, found nothing'],
  ['POST', 'answers', undefined, 400, 'answer: expected an object, found nothing'],
  [
    'POST',
    'faults',
    { fault: { kind: 'delay', ms: -1 } },
    400,
    'fault.fault.ms: expected a number of at least 0, found -1',
  ],
  [
    'PATCH',
    'pace',
    { speed: 1 },
    400,
    'pace.speed: expected one of the fields firstEventMs, tokensPerSecond, seed, found "speed"',
  ],
  ['POST', 'faults', '{nope', 400, 'body: expected JSON, found '],
  ['GET', 'journal?since=yesterday', undefined, 400, 'query.since: expected epoch milliseconds, found "yesterday"'],
  [
    'GET',
    'journal?modle=x',
    undefined,
    400,
    'query: expected the filters path, model, operation, since, last, found "modle"',
  ],
  ['PUT', 'answers', {}, 404, 'PUT /__mock/answers: expected one of GET health, GET journal,'],
  ['GET', 'nothing', undefined, 404, 'GET /__mock/nothing: expected one of'],
])('%s %s with %j is refused with a sentence', async (method, name, body, status, sentence) => {
  const { call } = await bed();
  const answer = await call(method, name, body);
  expect(answer.status).toBe(status);
  expect((answer.json['error'] as { message: string }).message).toContain(sentence);
});

test('rules are listed with what is left of them, and forgotten one by one', async () => {
  const { server, call } = await bed();
  const twice = { times: 2, reply: 'twice' };
  await call('POST', 'answers', twice);
  await call('POST', 'answers', { reply: 'always' });
  await call('POST', 'faults', { match: { model: 'n' }, fault: 'status-503' });
  await chat(server);
  expect((await call('GET', 'answers')).json).toEqual({
    rules: 2,
    scripted: [
      { id: 1, left: 1, rule: twice },
      { id: 2, left: null, rule: { reply: 'always' } },
    ],
  });
  expect((await call('GET', 'faults')).json['scripted']).toEqual([
    { id: 1, left: null, rule: { match: { model: 'n' }, fault: 'status-503' } },
  ]);
  expect((await call('DELETE', 'answers?id=1')).json).toEqual({ rules: 1 });
  expect(await chat(server)).toBe('always');
  expect(await call('DELETE', 'answers?id=1')).toMatchObject({ status: 400 });
  expect(await call('DELETE', 'faults?other=1')).toMatchObject({ status: 400 });
  expect((await call('DELETE', 'faults?id=1')).json).toEqual({ rules: 0 });
});

test('faults of the start are listed as they were given', async () => {
  const server = await startBed({ faults: ['cut;after=3', { fault: 'hang', times: 1 }], faultRate: 0.5 });
  onTestFinished(() => server.close());
  const { scripted } = (await (await fetch(`${server.url}/__mock/faults`)).json()) as { scripted: object[] };
  expect(scripted).toMatchObject([{ rule: { fault: 'cut;after=3', rate: 0.5 } }, { left: 1, rule: { fault: 'hang' } }]);
});

test('the newest entries of the journal can be asked for alone', async () => {
  const { server, call } = await bed();
  for (const model of ['a', 'b', 'c']) await chat(server, { model });
  expect((await call('GET', 'journal?last=2')).json['entries']).toMatchObject([{ model: 'b' }, { model: 'c' }]);
  for (const last of ['0', 'x', '']) expect(await call('GET', `journal?last=${last}`)).toMatchObject({ status: 400 });
});
