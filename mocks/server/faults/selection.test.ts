import { expect, onTestFinished, test } from 'vitest';
import { lastEntry, withRealSockets } from '../../../tests/setup/mock-bed.ts';
import { MockServer } from '../server.ts';
import type { ServerOptions } from '../options/options.ts';

withRealSockets();

async function started(options: ServerOptions = {}): Promise<MockServer> {
  const server = await MockServer.start(options);
  onTestFinished(() => server.close());
  return server;
}

interface Asking {
  readonly model?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly stream?: boolean;
}

async function ask(server: MockServer, { model = 'gpt-4o-mini', headers = {}, stream = false }: Asking = {}) {
  const response = await fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'hi' }] }),
  });
  return { status: response.status, text: await response.text() };
}

const statuses = async (server: MockServer, count: number): Promise<number[]> => {
  const found: number[] = [];
  for (let asked = 0; asked < count; asked += 1) found.push((await ask(server)).status);
  return found;
};

test.each([
  ['a header', { headers: { 'x-mock-fault': 'status;status=503' } }],
  ['the model', { model: 'gpt-4o-mini!status-503' }],
  ['an API key', { headers: { authorization: 'Bearer sk-mock-fault-status-503' } }],
  ['an API key with a fault of its own', { headers: { authorization: 'Bearer sk-mine' } }],
  ['the key header of Azure', { headers: { 'api-key': 'sk-mine' } }],
])('a fault is chosen by %s, for this request alone', async (_by, asking) => {
  const server = await started({ faultKeys: { 'sk-mine': 'status-503' } });
  expect((await ask(server, asking)).status).toBe(503);
  expect(lastEntry(server)?.fault).toBe('status');
  expect((await ask(server)).status).toBe(200);
  expect(lastEntry(server)?.fault).toBeUndefined();
});

test('what follows the mark is taken off the model before anything looks at it', async () => {
  const server = await started({ models: ['gpt-4o-mini'] });
  const { status, text } = await ask(server, { model: 'gpt-4o-mini!no-content-type' });
  expect([status, JSON.parse(text).model]).toEqual([200, 'gpt-4o-mini-2024-07-18']);
  expect(lastEntry(server)).toMatchObject({ model: 'gpt-4o-mini', body: { model: 'gpt-4o-mini!no-content-type' } });
});

test('the header goes before the key, the key before the model, the model before rules', async () => {
  const server = await started({ faults: ['status-501'] });
  const headers = { 'x-mock-fault': 'status-503', authorization: 'Bearer sk-mock-fault-status-504' };
  const { authorization } = headers;
  const model = 'gpt-4o-mini!status-502';
  const found = [
    await ask(server, { model, headers }),
    await ask(server, { model, headers: { authorization } }),
    await ask(server, { model }),
    await ask(server),
  ];
  expect(found.map(({ status }) => status)).toEqual([503, 504, 502, 501]);
});

test.each([
  ['header', { headers: { 'x-mock-fault': 'stal' } }],
  ['key', { headers: { authorization: 'Bearer sk-mock-fault-stal' } }],
  ['model', { model: 'gpt-4o-mini!stal' }],
])('a misspelt fault in the %s is refused with the nearest names', async (_where, asking) => {
  const { status, text } = await ask(await started(), asking);
  expect(status).toBe(400);
  expect(JSON.parse(text).error.message).toMatch(
    /^The mock cannot do what the request asks of it: .*nearest: stall, stall-mid/,
  );
});

test('a fault that has nothing to spoil is not played, and the journal does not name it', async () => {
  const server = await started();
  const headers = { 'x-mock-fault': 'no-done' };
  expect((await ask(server, { headers })).status).toBe(200);
  expect(lastEntry(server)?.fault).toBeUndefined();
  expect((await ask(server, { headers, stream: true })).text).not.toContain('[DONE]');
  expect(lastEntry(server)?.fault).toBe('no-done');
});

test('a fault that does not give the answer leaves its script for the next request; one that asks twice uses it once', async () => {
  const server = await started();
  for (const text of ['one', 'two'])
    server.tenantState.answers.add({ matches: () => true, times: 1, value: { scripted: { text } } });
  await ask(server, { headers: { 'x-mock-fault': 'overloaded' } });
  const { text } = await ask(server, { stream: true, headers: { 'x-mock-fault': 'json-for-stream' } });
  expect(JSON.parse(text).choices[0].message.content).toBe('one');
  expect(JSON.parse((await ask(server)).text).choices[0].message.content).toBe('two');
});

test('with a rate and a seed the same requests meet the faults in every run, and again after a reset', async () => {
  const options = { faults: ['status-502', 'status-503'], faultRate: 0.5, seed: 7 };
  const server = await started(options);
  const first = await statuses(server, 40);
  server.tenantState.reset();
  expect(await statuses(server, 40)).toEqual(first);
  expect(await statuses(await started(options), 40)).toEqual(first);
  expect(await statuses(await started({ ...options, seed: 8 }), 40)).not.toEqual(first);
  expect(new Set(first)).toEqual(new Set([200, 502, 503]));
});

test('the rate is the share of all faults together, each as often as the others', async () => {
  const server = await started({ faults: ['status-501', 'status-502', 'status-503'], faultRate: 0.6, seed: 1 });
  const facts = { operation: undefined, model: undefined, stream: false, headers: {}, text: () => '' };
  const drawn = Array.from({ length: 9000 }, () => {
    const fault = server.tenantState.faults.take(facts);
    return fault?.kind === 'named' ? fault.parameters['status'] : 200;
  });
  for (const [status, share] of [
    [200, 0.4],
    [501, 0.2],
    [502, 0.2],
    [503, 0.2],
  ]) {
    const found = drawn.filter((one) => one === status).length / drawn.length;
    expect(Math.abs(found - share!)).toBeLessThan(0.02);
  }
});

test('a rule may have a rate and a seed of its own', async () => {
  const run = async (): Promise<number[]> => {
    const server = await started();
    server.tenantState.faults.addInput({ fault: 'status-503', rate: 0.3, seed: 5 });
    return statuses(server, 30);
  };
  const [one, other] = [await run(), await run()];
  expect(one).toEqual(other);
  expect(new Set(one)).toEqual(new Set([200, 503]));
});

test.each([
  [{ faults: ['stal'] }, 'fault.fault: expected the name of a fault'],
  [{ faults: ['stall'], faultRate: 2 }, 'faultRate: expected a number from 0 to 1, found 2'],
  [{ faultKeys: { 'sk-a': 'stal' } }, 'faultKeys.sk-a: expected the name of a fault'],
])('a server is not started with %j', async (options, sentence) => {
  await expect(MockServer.start(options)).rejects.toThrow(sentence);
});

test('the port comes back only while the server lives', async () => {
  const server = await started();
  await ask(server, { headers: { 'x-mock-fault': 'refuse;ms=60000' } }).catch(() => undefined);
  await server.close();
  expect(server.listening).toBe(false);
});
