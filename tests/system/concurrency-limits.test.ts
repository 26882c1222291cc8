import { expect, test } from 'vitest';
import { chat, nonce } from './ask.ts';
import { type Bed, MODEL, startBed } from './bed.ts';
import { errorOf, send, type RawAnswer } from './http.ts';

const SLOW = { kind: 'delay', ms: 400 } as const;

async function ask(bed: Bed, caller = 'sk-client', more: object = {}): Promise<RawAnswer> {
  return send(`${bed.url}/v1/chat/completions`, {
    headers: { authorization: `Bearer ${caller}` },
    body: { ...chat(nonce()), ...more },
  });
}

const codesOf = (answers: readonly RawAnswer[]): unknown[] =>
  answers.map((answer) => (answer.status === 200 ? 200 : errorOf(answer)['code']));

async function waiting(bed: Bed, queue: string): Promise<number> {
  const text = await (await fetch(`${bed.url}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`llmproxy_queue_waiting{queue="${queue}"}`));
  return Number(line?.split(' ')[1] ?? 0);
}

const busiest = async (bed: Bed): Promise<number> => {
  const spans = (await bed.requests()).map(({ at, endedAt = Infinity }) => ({ at, endedAt }));
  return Math.max(...spans.map(({ at }) => spans.filter((one) => one.at <= at && one.endedAt > at).length));
};

test.each<[string, string, object]>([
  ['an endpoint', `model:${MODEL}`, { endpoints: [{ max_concurrency: 2 }] }],
  ['the proxy', 'server', { config: { server: { max_concurrency: 2 } } }],
])('%s works on no more requests than it may, and the others wait for their turn', async (_what, queue, options) => {
  await using bed = await startBed(options);
  await bed.mock.fault({ fault: SLOW });
  const asked = Promise.all(Array.from({ length: 6 }, () => ask(bed)));
  await expect.poll(() => waiting(bed, queue)).toBe(4);
  expect(codesOf(await asked)).toEqual([200, 200, 200, 200, 200, 200]);
  expect(await busiest(bed)).toBeLessThanOrEqual(2);
  expect(await bed.sequence()).toBe('aaaaaa');
  expect(await waiting(bed, queue)).toBe(0);
  const text = await (await fetch(`${bed.url}/metrics`)).text();
  expect(text).toContain(`llmproxy_queue_wait_seconds_count{queue="${queue}",end="taken"} 4`);
});

test('a full endpoint leaves its requests to one that is not', async () => {
  await using bed = await startBed({ mocks: 2, endpoints: [{ max_concurrency: 1, weight: 100 }, {}] });
  await bed.mocks[0]!.fault({ fault: SLOW });
  await Promise.all([ask(bed), ask(bed), ask(bed)]);
  expect((await bed.sequence()).split('').toSorted().join('')).toBe('abb');
});

test('what the cache answers, and who joins, does not wait', async () => {
  await using bed = await startBed({ config: { server: { max_concurrency: 1, queue: { size: 0 } } } });
  const cached = { messages: [{ role: 'user', content: nonce() }] };
  await ask(bed, undefined, cached);
  await bed.mock.fault({ fault: SLOW });
  const running = { messages: [{ role: 'user', content: nonce() }] };
  const first = ask(bed, undefined, running);
  await expect.poll(async () => (await bed.requests()).length).toBe(2);
  const answers = await Promise.all([ask(bed, undefined, running), ask(bed, undefined, cached), ask(bed)]);
  expect(codesOf([await first, ...answers])).toEqual([200, 200, 200, 'queue_full']);
});

test('a caller that fills the queue is refused with 429, and another one gets a place', async () => {
  await using bed = await startBed({ endpoints: [{ max_concurrency: 1 }], config: { server: { queue: { size: 3 } } } });
  await bed.mock.fault({ fault: SLOW });
  const greedy = Array.from({ length: 4 }, () => ask(bed, 'sk-greedy'));
  await expect.poll(() => waiting(bed, `model:${MODEL}`)).toBe(3);
  const over = await ask(bed, 'sk-greedy');
  expect([over.status, errorOf(over)['code']]).toEqual([429, 'queue_share_exceeded']);
  expect(Number(over.headers['retry-after'])).toBe(3);
  const modest = await ask(bed, 'sk-modest');
  expect(modest.status).toBe(200);
  expect(codesOf(await Promise.all(greedy))).toEqual([200, 200, 200, 'queue_share_exceeded']);
  const keys = (await bed.requests()).length;
  expect(keys).toBe(4);
});

test('who has waited long enough is refused with 503, JSON and stream', async () => {
  await using bed = await startBed({
    endpoints: [{ max_concurrency: 1 }],
    config: { server: { queue: { timeout: '100ms' } } },
  });
  await bed.mock.fault({ fault: { kind: 'hang' } });
  const stuck = ask(bed);
  await expect.poll(async () => (await bed.requests()).length).toBe(1);
  const answers = await Promise.all([ask(bed), ask(bed, 'sk-other', { stream: true })]);
  expect(answers.map((answer) => [answer.status, errorOf(answer)['code'], answer.headers['retry-after']])).toEqual([
    [503, 'queue_timeout', '1'],
    [503, 'queue_timeout', '1'],
  ]);
  await bed.mock.reset();
  await bed.app.close();
  expect((await stuck).status).not.toBe(200);
});

test('a client that leaves gives its place up, and nothing is sent for it', async () => {
  await using bed = await startBed({ endpoints: [{ max_concurrency: 1 }] });
  await bed.mock.fault({ fault: SLOW });
  const first = ask(bed);
  await expect.poll(async () => (await bed.requests()).length).toBe(1);
  const leaving = new AbortController();
  const left = fetch(`${bed.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(chat(nonce())),
    signal: leaving.signal,
  }).catch(() => 'left');
  await expect.poll(() => waiting(bed, `model:${MODEL}`)).toBe(1);
  leaving.abort();
  expect(await left).toBe('left');
  await expect.poll(() => waiting(bed, `model:${MODEL}`)).toBe(0);
  expect([(await first).status, (await ask(bed)).status]).toEqual([200, 200]);
  expect(await bed.sequence()).toBe('aa');
  expect((await bed.stats()).endpoints[0]).toMatchObject({ in_flight: 0, requests: 2 });
});

test('the end of the proxy refuses those that wait at once, and lets the others end', async () => {
  await using bed = await startBed({
    endpoints: [{ max_concurrency: 1 }],
    config: { server: { drain_timeout: '10s' } },
  });
  await bed.mock.fault({ fault: SLOW });
  const first = ask(bed);
  await expect.poll(async () => (await bed.requests()).length).toBe(1);
  const second = ask(bed);
  await expect.poll(() => waiting(bed, `model:${MODEL}`)).toBe(1);
  const closed = bed.app.close();
  const refused = await second;
  expect([refused.status, errorOf(refused)['code']]).toEqual([503, 'shutting_down']);
  expect((await first).status).toBe(200);
  await closed;
  expect(await bed.sequence()).toBe('a');
});

test('a slot is free again however a generation ends', async () => {
  await using bed = await startBed({
    config: { server: { max_concurrency: 1, queue: { size: 0 } } },
    model: { routing: { allowed_fails: 100 } },
  });
  for (const fault of [{ kind: 'status', status: 500 }, { kind: 'status', status: 400 }, { kind: 'cut' }] as const) {
    await bed.mock.fault({ fault });
    expect((await ask(bed)).status).toBeGreaterThanOrEqual(400);
    await bed.mock.reset();
  }
  await bed.mock.fault({ times: 1, fault: { kind: 'cut', afterEvents: 3 } });
  expect((await ask(bed, undefined, { stream: true })).broken).toBe(true);
  expect((await ask(bed, undefined, { stream: true })).status).toBe(200);
});
