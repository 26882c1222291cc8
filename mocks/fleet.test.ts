import { expect, test } from 'vitest';
import { startFleet } from './index.ts';
import type { FleetView, MockControl, ServerOverrides } from './index.ts';

async function ask(mock: MockControl, content = 'hi', model = 'gpt-4o'): Promise<string> {
  const response = await fetch(`${mock.baseURL}/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-test', 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content }] }),
  });
  const { choices } = (await response.json()) as { choices?: { message: { content: string } }[] };
  return choices?.[0]?.message.content ?? `status ${response.status}`;
}

async function askAll(fleet: FleetView, order: string): Promise<void> {
  for (const letter of order) await ask(fleet.mocks['ABC'.indexOf(letter)]!);
}

const PLACES = [['same'], ['child']] as const;

test.each(PLACES)('each server of a fleet in the %s process has overrides of its own', async (process) => {
  const overrides: ServerOverrides[] = [
    { tag: 'fast', models: ['gpt-4o'] },
    { tag: 'poor', limits: { quota: { tokens: 0 } } },
    { faults: ['status-503'] },
  ];
  await using fleet = await startFleet(4, { process, tag: true, overrides });
  const [fast, poor, broken, again] = fleet.mocks;
  expect(await ask(fast!)).toBe('Mock response to: hi [fast]');
  expect(await ask(fast!, 'hi', 'other')).toBe('status 404');
  expect(await ask(poor!)).toBe('status 429');
  expect(await ask(broken!)).toBe('status 503');
  expect(await ask(again!)).toBe('Mock response to: hi [fast]');
});

test('wrong overrides are refused before anything is started', async () => {
  const wrong = [{ latency: 3 }] as unknown as ServerOverrides[];
  await expect(startFleet(2, { overrides: wrong })).rejects.toThrow('overrides[0].latency: expected one of the fields');
});

test.each(PLACES)(
  'a fleet in the %s process spells the order in which requests came, on a clock that stands still',
  async (process) => {
    await using fleet = await startFleet(3, { process, clock: 'virtual' });
    await askAll(fleet, 'AABACAA');
    const { sequence, total, members, degreesOfFreedom } = await fleet.statistics();
    expect([sequence, total, degreesOfFreedom]).toEqual(['AABACAA', 7, 2]);
    expect(members.map(({ count }) => count)).toEqual([5, 1, 1]);
    expect((await fleet.requests()).map(({ sequence: at }) => at)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  },
);

test('statistics compare with weights and look at what is asked for', async () => {
  await using fleet = await startFleet(3);
  await askAll(fleet, 'AABAAB');
  await ask(fleet.mocks[2]!, 'hi', 'o3');
  const weighted = await fleet.statistics({ weights: [2, 1, 0], model: 'gpt-4o' });
  expect(weighted).toMatchObject({ total: 6, chiSquare: 0, degreesOfFreedom: 1, pValue: 1 });
  expect((await fleet.statistics({ model: 'o3' })).sequence).toBe('C');
  expect(
    (await fleet.statistics({ since: Number.MAX_SAFE_INTEGER, path: '/v1/chat/completions', operation: 'x' })).total,
  ).toBe(0);
  await expect(fleet.statistics({ weights: [1] })).rejects.toThrow('weights: expected 3 numbers');
});

test('a tenant has a fleet of its own, whose journal outlives a mock that is closed', async () => {
  await using fleet = await startFleet(2);
  const [alice, bob] = [fleet.tenant('alice'), fleet.tenant('bob')];
  await alice.script([{ answer: 'for {{tenant}}' }]);
  expect(await Promise.all([...alice.mocks, ...bob.mocks].map((mock) => ask(mock)))).toEqual([
    'for alice',
    'for alice',
    'Mock response to: hi',
    'Mock response to: hi',
  ]);
  await fleet.mocks[0]!.close();
  expect(await alice.counts()).toEqual({ [fleet.mocks[0]!.port]: 1, [fleet.mocks[1]!.port]: 1 });
  expect(await fleet.counts()).toEqual({ [fleet.mocks[0]!.port]: 0, [fleet.mocks[1]!.port]: 0 });
  await alice.reset();
  expect([await alice.requests(), (await bob.requests()).length]).toEqual([[], 2]);
});

test('limits of one organization are shared by the fleet, and apart for its tenants', async () => {
  await using fleet = await startFleet(2, { limits: { rpm: 1 } });
  const [a, b] = fleet.mocks;
  expect([await ask(a!), await ask(b!)]).toEqual(['Mock response to: hi', 'status 429']);
  expect([await ask(a!.tenant('t')), await ask(b!.tenant('t'))]).toEqual(['Mock response to: hi', 'status 429']);
});

test('first tokens of a seeded latency come at the same times again', async () => {
  const times = async (): Promise<number[]> => {
    const pace = { firstEventMs: { lognormal: { median: 400, sigma: 0.5, most: 5000 } }, seed: 7 } as const;
    await using fleet = await startFleet(1, { clock: 'virtual', pace });
    for (let at = 0; at < 4; at += 1) {
      const answer = ask(fleet.mocks[0]!);
      await fleet.clock.waiting();
      await fleet.clock.runAll();
      await answer;
    }
    return (await fleet.requests()).map(({ at, endedAt }) => Math.round(endedAt! - at));
  };
  const first = await times();
  expect(new Set(first).size).toBe(4);
  expect(await times()).toEqual(first);
});

test('every server of a fleet tells about all of them over HTTP, tenant by tenant', async () => {
  await using fleet = await startFleet(2);
  const [a, b] = fleet.mocks;
  for (const mock of [a!, b!, a!, b!.tenant('t')]) await ask(mock);
  const get = async (path: string): Promise<unknown> => (await fetch(`${b!.url}${path}`)).json();
  expect(await get('/__mock/fleet/statistics?weights=2,1')).toMatchObject({ sequence: 'ABA', total: 3, chiSquare: 0 });
  expect(await get('/t/t/__mock/fleet/statistics?path=/v1/chat/completions')).toMatchObject({ sequence: 'B' });
  const { entries } = (await get('/__mock/fleet/journal?model=gpt-4o')) as { entries: { port: number }[] };
  expect(entries.map(({ port }) => port)).toEqual([a!.port, b!.port, a!.port]);
  expect(await get('/__mock/fleet/statistics?weights=1')).toEqual({
    error: { message: 'query.weights: expected 2 numbers of at least 0, found "1"' },
  });
});
