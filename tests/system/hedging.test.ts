import { expect, test } from 'vitest';
import { chat, collect, nonce, textOf } from './ask.ts';
import { type Bed, type BedOptions, MODEL, startBed } from './bed.ts';
import { ask as askAs, governedBed } from './governed-bed.ts';
import { send } from './http.ts';

const HELD = { kind: 'delay', ms: 20_000 } as const;
/** The first request goes to `a`, which is slow; `b` is asked beside it. */
const RACE = {
  mocks: 2,
  endpoints: [{ weight: 100 }, {}],
  model: { routing: { hedging: { after: '60ms' } } },
} satisfies BedOptions;

async function raced(options: BedOptions = RACE): Promise<Bed> {
  const bed = await startBed(options);
  await bed.mock.fault({ fault: HELD });
  return bed;
}

async function metric(bed: Bed, start: string): Promise<number> {
  const text = await (await fetch(`${bed.url}/metrics`)).text();
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${start} `))
      ?.split(' ')[1] ?? 0,
  );
}

const open = async (bed: Bed): Promise<number> =>
  (await bed.requests()).filter(({ endedAt }) => endedAt === undefined).length;

test('a stream that has no content for long is had from another endpoint, and the slow one is closed at once', async () => {
  await using bed = await raced();
  const { data, response } = await bed
    .client()
    .chat.completions.create({ ...chat(nonce()), stream: true })
    .withResponse();
  expect(textOf(await collect(data))).not.toBe('');
  expect(await bed.sequence()).toBe('ab');
  expect(response.headers.get('x-llmproxy-endpoint')).toBe(`${MODEL}/b`);
  expect(response.headers.get('x-llmproxy-attempts')).toBe('2');
  await expect.poll(() => open(bed)).toBe(0);
  const [slow] = await bed.requests();
  expect(slow?.aborted).toBe(true);
  const line = bed.accessLine(response.headers.get('x-request-id') ?? '');
  expect(line).toMatchObject({ hedged: true, attempts: 2, endpoint: `${MODEL}/b` });
  expect(await metric(bed, `llmproxy_hedges_total{model="${MODEL}",answer="second"}`)).toBe(1);
  expect(await metric(bed, `llmproxy_attempts_total{endpoint="${MODEL}/a",outcome="hedge_lost"}`)).toBe(1);
  expect(await metric(bed, `llmproxy_estimated_tokens_total{model="${MODEL}",type="input"}`)).toBeGreaterThan(0);
});

test('no endpoint is blamed for the second place', async () => {
  await using bed = await raced({
    ...RACE,
    model: { routing: { allowed_fails: 1, hedging: { after: '60ms', budget: '100%' } } },
  });
  for (let index = 0; index < 4; index += 1) await bed.client().chat.completions.create(chat(nonce()));
  expect((await bed.sequence()).replaceAll('a', '').length).toBeGreaterThanOrEqual(3);
  expect((await bed.stats()).endpoints).toMatchObject([
    { id: `${MODEL}/a`, state: 'admitting', failures: 0, in_flight: 0, ttft_ms: null, last_error: null },
    { id: `${MODEL}/b`, state: 'admitting', failures: 0, in_flight: 0 },
  ]);
});

test('the budget ends what a slow model would double', async () => {
  await using bed = await startBed({ ...RACE, model: { routing: { hedging: { after: '1ms', budget: '10%' } } } });
  for (const mock of bed.mocks) await mock.fault({ fault: { kind: 'delay', ms: 1_000 } });
  await Promise.all(Array.from({ length: 50 }, () => bed.client().chat.completions.create(chat(nonce()))));
  expect((await bed.requests()).length - 50).toBe(6);
});

test.each<[string, object]>([
  ['is kept', { store: true }],
  ['is quick', {}],
])('a request that %s is asked once', async (what, more) => {
  const after = what === 'is quick' ? '20s' : '60ms';
  await using bed = await startBed({ ...RACE, model: { routing: { hedging: { after } } } });
  if (what === 'is kept') await bed.mock.fault({ fault: { kind: 'delay', ms: 200 } });
  await bed.client().chat.completions.create(chat(nonce(), more));
  expect(await bed.sequence()).toBe('a');
});

test('a full endpoint is not asked beside another', async () => {
  await using bed = await startBed({ ...RACE, endpoints: [{ weight: 100 }, { max_concurrency: 1 }] });
  for (const mock of bed.mocks) await mock.fault({ fault: { kind: 'delay', ms: 400 } });
  const both = [1, 2, 3].map(() => bed.client().chat.completions.create(chat(nonce())));
  await Promise.all(both);
  const atB = (await bed.requests()).filter(({ port }) => port === bed.mocks[1]?.port);
  const spans = atB.map(({ at, endedAt = Infinity }) => ({ at, endedAt }));
  expect(
    Math.max(0, ...spans.map(({ at }) => spans.filter((one) => one.at <= at && one.endedAt > at).length)),
  ).toBeLessThan(2);
});

test('a client that leaves closes both', async () => {
  await using bed = await startBed(RACE);
  for (const mock of bed.mocks) await mock.fault({ fault: HELD });
  const abort = new AbortController();
  const asked = bed.client().chat.completions.create(chat(nonce()), { signal: abort.signal });
  await expect.poll(() => bed.sequence()).toBe('ab');
  abort.abort();
  await expect(asked).rejects.toThrow();
  await expect.poll(() => open(bed)).toBe(0);
});

test('clients that join while two attempts run get the one answer', async () => {
  await using bed = await raced();
  const prompt = nonce();
  const answers = await Promise.all(
    [1, 2, 3].map(() => send(`${bed.url}/v1/chat/completions`, { body: chat(prompt) })),
  );
  expect(new Set(answers.map(({ status, body }) => `${status} ${body.toString()}`)).size).toBe(1);
  expect(await bed.sequence()).toBe('ab');
});

test('the account pays both attempts, and the ledger says which was outrun', async () => {
  const priced = { price: { input: 1_000_000, output: 0 } };
  const { bed, callers } = await governedBed({ ...RACE, endpoints: [{ weight: 100, ...priced }, priced] });
  await using _ = bed;
  // An answer that is kept is asked for once, however slow the machine is: the budget is left for the second request.
  const answer = await askAs(bed, callers.ada, 'POST', '/v1/chat/completions', chat(nonce(), { store: true }));
  expect(answer.status).toBe(200);
  const single = await sums(bed, 1);
  await bed.mock.fault({ fault: HELD });
  expect((await askAs(bed, callers.ada, 'POST', '/v1/chat/completions', chat(nonce()))).status).toBe(200);
  const both = await sums(bed, 2);
  // The second request has paid for its prompt twice: once as the endpoint said it, once estimated.
  expect(both.input_tokens).toBeGreaterThan(single.input_tokens * 2);
  expect(both.cost_usd).toBeGreaterThan(single.cost_usd * 2);
});

interface Sums {
  readonly requests: number;
  readonly input_tokens: number;
  readonly cost_usd: number;
}

async function sums(bed: Bed, requests: number): Promise<Sums> {
  const read = async (): Promise<Sums> =>
    ((await (await fetch(`${bed.url}/api/governance/usage?group_by=model`)).json()) as { totals: Sums }).totals;
  await expect.poll(async () => (await read()).requests).toBe(requests);
  return read();
}
