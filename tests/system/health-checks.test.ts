import { expect, test } from 'vitest';
import { chat, nonce } from './ask.ts';
import { type Bed, startBed } from './bed.ts';

const BROKEN = { fault: { kind: 'status', status: 500 } } as const;
const ROUTING = { allowed_fails: 1, cooldown: '10m' };

const checks = async (bed: Bed, index = 0) =>
  (await bed.mocks[index]!.requests()).filter(({ method }) => method === 'GET');
const stateOf = async (bed: Bed, index = 0): Promise<string | undefined> => (await bed.stats()).endpoints[index]?.state;

async function ask(bed: Bed): Promise<number> {
  return bed
    .client()
    .chat.completions.create(chat(nonce()))
    .then(
      () => 200,
      (error: { status: number }) => error.status,
    );
}

test('an endpoint that is out is asked, and is back before its cooldown is over', async () => {
  await using bed = await startBed({
    mocks: 2,
    model: { routing: ROUTING, health_check: { interval: '100ms' } },
    endpoints: [{ priority: 1 }, { priority: 2 }],
  });
  await bed.mocks[0]!.fault(BROKEN);
  expect(await ask(bed)).toBe(200);
  expect(await stateOf(bed)).toBe('ejected');
  await expect.poll(async () => (await checks(bed)).length).toBeGreaterThan(1);
  expect(await stateOf(bed)).toBe('ejected');
  await bed.mocks[0]!.reset();
  await expect.poll(() => stateOf(bed)).toBe('admitting');
  const asked = await checks(bed);
  expect(asked.at(-1)).toMatchObject({
    path: '/v1/models',
    status: 200,
    headers: { authorization: 'Bearer sk-endpoint-a' },
  });
  expect(await checks(bed, 1)).toEqual([]);
  expect(await ask(bed)).toBe(200);
  expect((await bed.stats()).endpoints[0]).toMatchObject({ requests: 2, in_flight: 0 });
});

test('with `all` an endpoint that fails its checks is out before a client has met it', async () => {
  await using bed = await startBed({
    mocks: 2,
    model: { routing: { ...ROUTING, allowed_fails: 2 } },
    endpoints: [{ health_check: { interval: '100ms', endpoints: 'all', path: '/v1/models' } }, { weight: 0 }],
  });
  await expect.poll(async () => (await checks(bed)).length).toBeGreaterThan(0);
  expect(await stateOf(bed)).toBe('admitting');
  await bed.mocks[0]!.fault(BROKEN);
  await expect.poll(() => stateOf(bed)).not.toBe('admitting');
  expect(await ask(bed)).toBe(200);
  expect((await bed.stats()).endpoints.map(({ requests }) => requests)).toEqual([0, 1]);
  expect(await checks(bed, 1)).toEqual([]);
});

test('a check that gets no answer in time has failed', async () => {
  await using bed = await startBed({
    model: { routing: ROUTING, health_check: { interval: '100ms', timeout: '100ms', endpoints: 'all' } },
  });
  await bed.mock.fault({ fault: { kind: 'hang' } });
  await expect.poll(() => stateOf(bed)).not.toBe('admitting');
});

test('an endpoint that has asked for patience is not had back by a check', async () => {
  await using bed = await startBed({
    model: { routing: ROUTING, health_check: { interval: '100ms', endpoints: 'all' } },
  });
  await bed.mock.fault({ fault: { kind: 'status', status: 429, headers: { 'retry-after': '600' } } });
  expect(await ask(bed)).toBe(429);
  await bed.mock.reset();
  const before = (await checks(bed)).length;
  await expect.poll(async () => (await checks(bed)).length).toBeGreaterThan(before + 2);
  expect(await stateOf(bed)).toBe('ejected');
});

test('without the setting no endpoint is asked', async () => {
  await using bed = await startBed({ model: { routing: ROUTING } });
  await bed.mock.fault(BROKEN);
  expect(await ask(bed)).toBe(500);
  expect(await checks(bed)).toEqual([]);
  expect((await bed.requests()).map(({ method }) => method)).toEqual(['POST']);
});
