import { expect, test } from 'vitest';
import { chat, nonce, type ChatRequest } from './ask.ts';
import { startBed, type Bed, type BedOptions } from './bed.ts';

/** The name of the endpoint that answered a request of its own. */
async function ask(bed: Bed, more: Partial<ChatRequest> = {}, headers: Record<string, string> = {}): Promise<string> {
  const request = chat(nonce(), more);
  const { response } = await bed.client().chat.completions.create(request, { headers }).withResponse();
  return response.headers.get('x-llmproxy-endpoint')!.split('/')[1]!;
}

async function askTimes(bed: Bed, times: number): Promise<string> {
  let answered = '';
  for (let turn = 0; turn < times; turn += 1) answered += await ask(bed);
  return answered;
}

function weights(...numbers: number[]): Pick<BedOptions, 'mocks' | 'endpoints'> {
  return { mocks: numbers.length, endpoints: numbers.map((weight) => ({ weight })) };
}

test('weights 5:1:1 give AABACAA, again and again', async () => {
  await using bed = await startBed(weights(5, 1, 1));
  expect(await askTimes(bed, 14)).toBe('aabacaaaabacaa');
  expect(await bed.sequence()).toBe('aabacaaaabacaa');
});

test('round-robin takes one after the other, whatever the weights', async () => {
  await using bed = await startBed({ ...weights(5, 1, 1), model: { strategy: 'round-robin' } });
  expect(await askTimes(bed, 6)).toBe('abcabc');
});

test('random reaches every endpoint with a weight and no other', async () => {
  await using bed = await startBed({ ...weights(1, 1, 0), model: { strategy: 'random' } });
  expect(new Set(await askTimes(bed, 40))).toEqual(new Set('ab'));
});

test('least-busy avoids who is still at work', async () => {
  await using bed = await startBed({ mocks: 3, model: { strategy: 'least-busy' } });
  await Promise.all(bed.mocks.map((mock) => mock.fault({ times: 1, fault: { kind: 'hang', afterEvents: 4 } })));
  const busy: string[] = [];
  const streams = [];
  for (let turn = 0; turn < 2; turn += 1) {
    const request = { ...chat(`Count from 1 to 5 ${turn}`), stream: true } as const;
    const { data, response } = await bed.client().chat.completions.create(request).withResponse();
    busy.push(response.headers.get('x-llmproxy-endpoint')!.split('/')[1]!);
    streams.push(data);
  }
  const free = ['a', 'b', 'c'].find((name) => !busy.includes(name))!;
  await bed.mocks['abc'.indexOf(free)]!.reset();
  expect(new Set(busy).size).toBe(2);
  expect(new Set(await askTimes(bed, 4))).toEqual(new Set(free));
  for (const stream of streams) stream.controller.abort();
});

test('fastest finds out who is slow and leaves it alone', async () => {
  await using bed = await startBed({ mocks: 2, model: { strategy: 'fastest' } });
  await bed.mocks[0]!.pace({ firstEventMs: 1_500 });
  expect(new Set(await askTimes(bed, 2))).toEqual(new Set('ab'));
  expect(await askTimes(bed, 5)).toBe('bbbbb');
});

test('cheapest takes the lowest price, and the next one when that is out', async () => {
  const price = (input: number, output: number) => ({ price: { input, output } });
  await using bed = await startBed({
    mocks: 3,
    endpoints: [price(2, 8), price(0.1, 0.4), price(1, 1)],
    model: { strategy: 'cheapest', routing: { allowed_fails: 1 } },
  });
  expect(await askTimes(bed, 3)).toBe('bbb');
  await bed.mocks[1]!.fault({ fault: { kind: 'status', status: 500 } });
  expect(await askTimes(bed, 3)).toBe('ccc');
});

test.each<[string, object, (key: string) => [Partial<ChatRequest>, Record<string, string>]]>([
  ['prompt_cache_key', {}, (key) => [{ prompt_cache_key: key }, {}]],
  ['user', { by: 'user' }, (key) => [{ user: key }, {}]],
  ['a header', { by: 'header:X-Session' }, (key) => [{}, { 'x-session': key }]],
])('sticky by %s keeps what belongs together at one endpoint', async (_by, sticky, requestOf) => {
  await using bed = await startBed({ mocks: 3, model: { strategy: 'sticky', sticky } });
  const homes = new Map<string, Set<string>>();
  for (let turn = 0; turn < 24; turn += 1) {
    const key = `key-${turn % 8}`;
    const home = await ask(bed, ...requestOf(key));
    homes.set(key, (homes.get(key) ?? new Set<string>()).add(home));
  }
  expect([...homes.values()].map(({ size }) => size)).toEqual(Array.from({ length: 8 }, () => 1));
  expect(new Set([...homes.values()].flatMap((home) => [...home])).size).toBeGreaterThan(1);
});

test('weight 0 serves only when no other endpoint admits', async () => {
  await using bed = await startBed({ ...weights(1, 0), model: { routing: { allowed_fails: 2, cooldown: '1h' } } });
  expect(await askTimes(bed, 3)).toBe('aaa');
  await bed.mocks[0]!.fault({ fault: { kind: 'status', status: 500 } });
  expect(await askTimes(bed, 4)).toBe('bbbb');
  // Two failures in a row put the first one out: the third and fourth request did not go there any more.
  expect(await bed.sequence()).toBe('aaaababbb');
});

test('who fails allowed_fails times in a row is out, is probed after its cooldown and starts slowly', async () => {
  const routing = { allowed_fails: 2, cooldown: '1s' };
  await using bed = await startBed({ mocks: 2, model: { strategy: 'round-robin', routing } });
  await bed.mocks[0]!.fault({ times: 2, fault: { kind: 'status', status: 503 } });
  // `a` is asked twice, then out until its cooldown is over, however long the others take.
  expect(await askTimes(bed, 3)).toBe('bbb');
  const [out] = (await bed.stats()).endpoints;
  expect(out).toMatchObject({ state: 'ejected', failures: 2 });
  await expect.poll(() => ask(bed), { interval: 50 }).toBe('a');
  const [, , probe] = await bed.mocks[0]!.requests();
  expect(probe!.at).toBeGreaterThanOrEqual(Date.parse(String(out!['ejected_until'])) - 10);
  expect((await bed.stats()).endpoints[0]).toMatchObject({ state: 'admitting', ejected_until: null });
  const ramp = await askTimes(bed, 10);
  expect(ramp.replaceAll('b', '').length).toBeLessThan(ramp.replaceAll('a', '').length);
});

test('one request alone probes, the others go elsewhere', async () => {
  const routing = { allowed_fails: 1, cooldown: '100ms' };
  await using bed = await startBed({ ...weights(1, 1), model: { routing } });
  await bed.mocks[0]!.fault({ times: 1, fault: { kind: 'status', status: 500 } });
  expect(await ask(bed)).toBe('b');
  await bed.mocks[0]!.pace({ firstEventMs: 2_000 });
  await expect
    .poll(async () => Date.parse(String((await bed.stats()).endpoints[0]!['ejected_until'])) < Date.now())
    .toBe(true);
  const answered = await Promise.all(Array.from({ length: 6 }, () => ask(bed)));
  expect(answered.filter((name) => name === 'a')).toHaveLength(1);
});

test('429 puts an endpoint out at once, for as long as it asks', async () => {
  await using bed = await startBed({ mocks: 2, model: { strategy: 'round-robin' } });
  const fault = { kind: 'status', status: 429, headers: { 'retry-after': '1' } } as const;
  await bed.mocks[0]!.fault({ times: 1, fault });
  expect(await ask(bed)).toBe('b');
  const until = Date.parse(String((await bed.stats()).endpoints[0]!['ejected_until']));
  await expect.poll(() => ask(bed), { timeout: 10_000, interval: 50 }).toBe('a');
  expect((await bed.mocks[0]!.requests())[1]!.at).toBeGreaterThanOrEqual(until - 10);
});

test('no endpoint left: 503 that says when to come again, and no call', async () => {
  await using bed = await startBed();
  await bed.mock.fault({ fault: { kind: 'status', status: 429, headers: { 'retry-after': '40' } } });
  await expect(ask(bed)).rejects.toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
  const refused = await bed
    .client()
    .chat.completions.create(chat('again'))
    .then(
      () => undefined,
      (error: unknown) => error as { status: number; code: string; headers: Headers },
    );
  expect(refused).toMatchObject({ status: 503, code: 'no_endpoint_available' });
  expect(Number(refused!.headers.get('retry-after'))).toBeGreaterThan(30);
  expect(Number(refused!.headers.get('retry-after'))).toBeLessThanOrEqual(40);
  expect(await bed.requests()).toHaveLength(1);
});

test('never all are out: when each has failed, the one that is back soonest is tried', async () => {
  await using bed = await startBed({ mocks: 2, model: { routing: { allowed_fails: 1, cooldown: '1h' } } });
  for (const mock of bed.mocks) await mock.fault({ times: 1, fault: { kind: 'status', status: 500 } });
  await expect(ask(bed)).rejects.toMatchObject({ status: 500 });
  expect((await bed.stats()).endpoints.map(({ state }) => state)).toEqual(['ejected', 'ejected']);
  expect(await ask(bed)).toMatch(/^[ab]$/);
});
