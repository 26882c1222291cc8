import { expect, onTestFinished, test } from 'vitest';
import { connectMock, startFleet, startMock } from './index.ts';
import type { MockControl, MockOptions } from './index.ts';

async function ask(mock: MockControl, content = 'hi'): Promise<string> {
  const response = await fetch(`${mock.baseURL}/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-test', 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content }] }),
  });
  const { choices } = (await response.json()) as { choices?: { message: { content: string } }[] };
  return choices?.[0]?.message.content ?? `status ${response.status}`;
}

const places = [['same'], ['child']] as const;

test('texts differ from call to call where that was asked for, and only there', async () => {
  await using varying = await startMock({ vary: true });
  await using steady = await startMock();
  expect(new Set([await ask(varying), await ask(varying), await ask(varying)]).size).toBe(3);
  expect(new Set([await ask(steady), await ask(steady)]).size).toBe(1);
});

test.each(places)('a mock in the %s process is scripted, asked, looked at and reset', async (process) => {
  await using mock = await startMock({ process });
  await mock.answer({ match: { text: /^hi$/i }, reply: { text: 'scripted' } });
  await mock.fault({ match: { text: 'break' }, times: 1, fault: { kind: 'status', status: 503 } });
  expect([await ask(mock, 'Hi'), await ask(mock, 'break'), await ask(mock, 'break')]).toEqual([
    'scripted',
    'status 503',
    'Mock response to: break',
  ]);
  const entries = await mock.requests({ model: 'gpt-4o-mini', path: '/v1/chat/completions' });
  expect(entries.map(({ status, port }) => [status, port])).toEqual([
    [200, mock.port],
    [503, mock.port],
    [200, mock.port],
  ]);
  expect(entries[0]?.headers['authorization']).toBe('Bearer sk-test');
  await mock.reset();
  expect(await mock.requests()).toEqual([]);
  expect(await ask(mock)).toBe('Mock response to: hi');
});

test.each(places)(
  'a closed mock in the %s process answers no client, and closing again is harmless',
  async (process) => {
    const mock = await startMock({ process });
    await mock.close();
    await mock.close();
    await expect(ask(mock)).rejects.toThrow('fetch failed');
    await expect(mock.requests()).rejects.toThrow(`cannot GET ${mock.url}/__mock/journal`);
  },
);

test('an option that there is not, or a wrong value, is refused with a sentence', async () => {
  await expect(startMock({ strictnes: 'openai' } as MockOptions)).rejects.toThrow(
    /^options\.strictnes: .* did you mean "strictness"\?$/,
  );
  await expect(startMock({ faultRate: 2 })).rejects.toThrow(
    'options.faultRate: expected a number from 0 to 1, found 2',
  );
});

test('a mock in a child process has a process of its own', async () => {
  await using own = await startMock({ process: 'child' });
  await using here = await startMock();
  expect(here.pid).toBe(process.pid);
  expect(own.pid).not.toBe(process.pid);
});

test.each(places)('a fleet in the %s process counts and merges what its mocks have seen', async (process) => {
  const fleet = await startFleet(3, { process, tag: true });
  onTestFinished(() => fleet.close());
  const [first, second, third] = fleet.mocks;
  expect(await ask(first!)).toBe(`Mock response to: hi [${first!.port}]`);
  await ask(third!);
  await ask(first!);
  expect(await fleet.counts()).toEqual({ [first!.port]: 2, [second!.port]: 0, [third!.port]: 1 });
  expect((await fleet.requests()).map(({ port }) => port)).toEqual([first!.port, third!.port, first!.port]);
  await fleet.reset();
  expect(await fleet.requests()).toEqual([]);
});

test.each(places)('one mock of a fleet in the %s process can be closed, the others go on', async (process) => {
  const fleet = await startFleet(2, { process });
  onTestFinished(() => fleet.close());
  const [first, second] = fleet.mocks;
  await ask(first!);
  await first!.close();
  await first!.close();
  await expect(ask(first!)).rejects.toThrow('fetch failed');
  expect(await ask(second!)).toBe('Mock response to: hi');
  expect(await fleet.counts()).toEqual({ [first!.port]: 1, [second!.port]: 1 });
  await fleet.reset();
  expect(await fleet.requests()).toEqual([]);
});

test('a connected handle reaches the mock and leaves it running', async () => {
  await using mock = await startMock();
  const other = connectMock(mock.baseURL);
  expect([other.url, other.baseURL, other.port]).toEqual([mock.url, mock.baseURL, mock.port]);
  await other.pace({ firstEventMs: 1 });
  await other.close();
  expect(await ask(mock)).toBe('Mock response to: hi');
});

test('what the mock refuses is an error with its sentence', async () => {
  await using mock = await startMock();
  const refused = mock.fault({ fault: { kind: 'delay', ms: -1 } });
  await expect(refused).rejects.toThrow(
    'POST /__mock/faults was refused: fault.fault.ms: expected a number of at least 0, found -1',
  );
});

test('keys, models and pace that were asked for hold', async () => {
  await using mock = await startMock({ keys: ['sk-right'], models: ['gpt-4o'], pace: { firstEventMs: 0 } });
  expect(await ask(mock)).toBe('status 401');
  await using open = await startMock({ models: ['gpt-4o'] });
  expect(await ask(open)).toBe('status 404');
});

test('a child that cannot start is an error that says so', async () => {
  await using mock = await startMock();
  await expect(startMock({ process: 'child', port: mock.port })).rejects.toThrow(
    'its process ended before it was ready',
  );
});
