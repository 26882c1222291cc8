import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SqlBatches } from '../../usage/batches/sql-batches.ts';
import { batchesBed, type BatchesBed, completed, COST, endpoint, findPrice, MADE } from './batches.fixture.ts';
import type { Batches } from './batches.ts';

const HOUR_MS = 3_600_000;
const PATH = '/batches/batch_1';

/** Moves the time, and waits for what the timers have begun. */
async function pass({ clock }: BatchesBed, batches: Batches, ms: number): Promise<void> {
  for (let moved = 0; moved < ms; moved += 300_000) {
    clock.advance(Math.min(300_000, ms - moved));
    await batches.idle();
    await turn();
  }
}

test('a batch is booked once, to the key that made it, whatever number of answers shows its end', async () => {
  const bed = await batchesBed();
  const { batches, booked } = bed;
  batches.made(MADE);
  batches.shown(endpoint.id, 'openai', [completed({ status: 'in_progress' }), completed({ id: 'batch_of_others' })]);
  await batches.idle();
  expect(await bed.rows()).toEqual([]);
  const other = bed.replica();
  for (const one of [batches, other, batches]) one.shown(endpoint.id, 'openai', [completed()]);
  await Promise.all([batches.idle(), other.idle()]);
  expect(await bed.rows()).toMatchObject([
    {
      operation: 'batch',
      requestId: 'batch_1',
      virtualKeyId: 'k1',
      userId: 'u1',
      model: 'gpt-4o',
      provider: 'openai',
      endpoint: endpoint.id,
      inputTokens: 1_000_000,
      outputTokens: 100_000,
      cost: COST,
      usageSource: 'reported',
    },
  ]);
  expect(booked).toEqual([`batch_1 ${COST}`]);
  expect(await bed.spent()).toBe(COST);
  expect(bed.asked).toEqual([]);
});

test('what no answer shows is asked for after an hour, each hour by one replica, until it has ended', async () => {
  const bed = await batchesBed();
  const { batches, answers, asked } = bed;
  const other = bed.replica();
  answers.set(PATH, completed({ status: 'in_progress' }));
  batches.made(MADE);
  await batches.idle();
  batches.start();
  other.start();
  await pass(bed, batches, 59 * 60_000);
  expect(asked).toEqual([]);
  await pass(bed, batches, 2 * HOUR_MS);
  await other.idle();
  expect(asked).toEqual([PATH, PATH]);
  answers.set(PATH, completed());
  await pass(bed, batches, HOUR_MS + 300_000);
  await other.idle();
  expect(asked).toHaveLength(3);
  expect(bed.booked).toEqual([`batch_1 ${COST}`]);
  await pass(bed, batches, 3 * HOUR_MS);
  expect(asked).toHaveLength(3);
});

test('a batch whose endpoint does not answer for seven days has a row of unknown cost, and is asked for no more', async () => {
  const bed = await batchesBed();
  const { batches, asked, heard } = bed;
  batches.made(MADE);
  batches.start();
  await pass(bed, batches, 6 * 24 * HOUR_MS);
  expect(await bed.rows()).toEqual([]);
  await pass(bed, batches, 26 * HOUR_MS);
  expect(await bed.rows()).toMatchObject([{ operation: 'batch', cost: null, virtualKeyId: 'k1' }]);
  expect(heard).toContain('unpriced no_usage ');
  const before = asked.length;
  expect(before).toBeLessThanOrEqual(7 * 24);
  await pass(bed, batches, 5 * HOUR_MS);
  expect(asked).toHaveLength(before);
});

test('a restart in between: what one process has remembered another books', async () => {
  const bed = await batchesBed();
  bed.batches.made(MADE);
  expect(await bed.batches.close()).toBe(0);
  const next = bed.replica();
  next.shown(endpoint.id, 'openai', [completed()]);
  await next.idle();
  expect(bed.booked).toEqual([`batch_1 ${COST}`]);
});

test('without a sum of its own a batch is read line by line; results that cannot be read now are read by a poll', async () => {
  const bed = await batchesBed();
  const { batches, answers, asked } = bed;
  const ended = completed({ output_file_id: 'file-1' });
  delete ended['usage'];
  const usage = { prompt_tokens: 500_000, completion_tokens: 50_000, total_tokens: 550_000 };
  const line = { response: { status_code: 200, body: { object: 'chat.completion', model: 'gpt-4o', usage } } };
  const failed = { response: { status_code: 400, body: { error: {} } } };
  batches.made(MADE);
  batches.shown(endpoint.id, 'openai', [ended]);
  await batches.idle();
  expect(asked).toEqual(['/files/file-1/content']);
  expect(await bed.rows()).toEqual([]);
  answers.set(PATH, ended);
  answers.set('/files/file-1/content', [line, failed, line].map((one) => JSON.stringify(one)).join('\n'));
  batches.start();
  await pass(bed, batches, HOUR_MS + 300_000);
  expect(await bed.rows()).toMatchObject([{ cost: COST, inputTokens: 1_000_000, model: 'gpt-4o' }]);
});

test('results of messages are read below the endpoint’s own address, whatever address the batch names', async () => {
  const bed = await batchesBed();
  const { batches, answers, asked } = bed;
  const usage = { input_tokens: 1_000_000, cache_read_input_tokens: 0, output_tokens: 100_000 };
  const lines = [
    { custom_id: 'a', result: { type: 'succeeded', message: { model: 'gpt-4o', usage } } },
    { custom_id: 'b', result: { type: 'errored', error: {} } },
  ];
  answers.set('/messages/batches/batch_1/results', lines.map((one) => `${JSON.stringify(one)}\n`).join(''));
  batches.made({ ...MADE, api: 'anthropic' });
  const ended = { id: 'batch_1', processing_status: 'ended', results_url: 'http://elsewhere.example/results' };
  batches.shown(endpoint.id, 'openai', [completed()]);
  batches.shown(endpoint.id, 'anthropic', [{ ...ended, request_counts: { succeeded: 1, errored: 1 } }]);
  await batches.idle();
  expect(asked).toEqual(['/messages/batches/batch_1/results']);
  expect(bed.booked).toEqual([`batch_1 ${COST}`]);
});

test.each([
  ['nothing was answered', completed({ status: 'failed', usage: null }), 0n],
  ['a file of results is gone', completed({ usage: null, output_file_id: 'file-1' }), null],
  ['a model has no price', completed({ model: 'unpriced' }), null],
  ['another caller sees it as another’s', completed({ metadata: { status: 'in_progress' } }), COST],
])('where %s', async (_name, shown, cost) => {
  const bed = await batchesBed();
  bed.answers.set('/files/file-1/content', 'gone');
  bed.batches.made(MADE);
  bed.batches.shown(endpoint.id, 'openai', [shown]);
  await bed.batches.idle();
  expect(await bed.rows()).toMatchObject([{ cost }]);
});

test('an answer of another account books nothing', async () => {
  const bed = await batchesBed();
  bed.batches.made(MADE);
  bed.batches.shown('gpt-4o/of-others', 'openai', [completed()]);
  await bed.batches.idle();
  expect(await bed.rows()).toEqual([]);
});

test('a database that is away: the batch is written later; what it refuses does not hold others up', async () => {
  let state: 'away' | 'refuses' | 'up' = 'away';
  const bed = await batchesBed();
  const store = new SqlBatches(bed.database);
  const inserted: string[] = [];
  const { batches } = await batchesBed({
    clock: bed.clock,
    store: {
      insert: (row) => {
        if (state === 'away' || (state === 'refuses' && row.id === 'bad')) return Promise.reject(new Error(state));
        inserted.push(row.id);
        return store.insert(row);
      },
      isAway: (error) => (error as Error).message === 'away',
      open: (id) => store.open(id),
      due: (by, limit) => store.due(by, limit),
      claimPoll: (batch, at) => store.claimPoll(batch, at),
      book: (id, at, row) => store.book(id, at, row),
      deleteBefore: (at, limit) => store.deleteBefore(at, limit),
    },
  });
  batches.made({ ...MADE, id: 'bad' });
  batches.made(MADE);
  batches.made({ ...MADE, id: 'an id' });
  await batches.idle();
  expect(inserted).toEqual([]);
  state = 'refuses';
  bed.clock.advance(5_000);
  await batches.idle();
  expect(inserted).toEqual(['batch_1']);
  expect(await batches.close()).toBe(0);
});

test('prices that depend on each request are applied to each, not to the sum', async () => {
  const tiers = [{ above: 200_000, input: 4, output: 20 }];
  const bed = await batchesBed({}, { input: 2, output: 10, request: 0.01, tiers });
  const line = (input: number) => {
    const usage = { prompt_tokens: input, completion_tokens: 0, total_tokens: input };
    return JSON.stringify({ response: { status_code: 200, body: { model: 'gpt-4o', usage } } });
  };
  bed.answers.set('/files/file-1/content', [150_000, 250_000, 150_000].map(line).join('\n'));
  bed.batches.made(MADE);
  bed.batches.shown(endpoint.id, 'openai', [completed({ output_file_id: 'file-1' })]);
  await bed.batches.idle();
  const usd = ((300_000 * 2 + 250_000 * 4) / 1e6 + 3 * 0.01) / 2;
  expect(await bed.rows()).toMatchObject([{ cost: BigInt(usd * 1e9), inputTokens: 550_000 }]);
});

test('a batch that is about to be deleted is booked first, as long as its endpoint answers in time', async () => {
  const bed = await batchesBed();
  const { batches, asked } = bed;
  batches.made(MADE);
  bed.answers.set(PATH, completed());
  await Promise.all([batches.ending('batch_1'), batches.ending('batch_unknown')]);
  expect(bed.booked).toEqual([`batch_1 ${COST}`]);
  await batches.ending('batch_1');
  expect(asked).toEqual([PATH]);
  const silent = await batchesBed({ ask: () => new Promise(() => {}) });
  silent.batches.made(MADE);
  const waits = silent.batches.ending('batch_1');
  await turn();
  silent.clock.advance(30_000);
  await waits;
  expect(await silent.rows()).toEqual([]);
});

test('where the key is no more, those who stood above it pay', async () => {
  const bed = await batchesBed();
  // `k1` stands for a user with a budget.
  bed.batches.made({ ...MADE, virtualKeyId: 'deleted', userId: 'k1' });
  bed.batches.shown(endpoint.id, 'openai', [completed()]);
  await bed.batches.idle();
  expect(await bed.rows()).toMatchObject([{ virtualKeyId: 'deleted', userId: 'k1', cost: COST }]);
  expect(await bed.spent()).toBe(COST);
});

test('an endpoint that takes the callers’ own credentials is never asked', async () => {
  const bed = await batchesBed();
  const { batches } = bed;
  const own = { ...endpoint, credential: { kind: 'forward' } as const };
  batches.configure({ prices: { find: findPrice() }, places: [{ model: 'gpt-4o', endpoint: own }] });
  batches.made(MADE);
  batches.made({ ...MADE, id: 'batch_2' });
  batches.start();
  await pass(bed, batches, 2 * HOUR_MS);
  batches.shown(endpoint.id, 'openai', [completed(), completed({ id: 'batch_2', usage: null, output_file_id: 'f' })]);
  await batches.idle();
  expect(bed.asked).toEqual([]);
  expect(bed.booked).toEqual([`batch_1 ${COST}`, 'batch_2 null']);
});

test('a batch that a user’s own key has made is asked for with that key or not at all, and charged to no budget', async () => {
  const keys: string[] = [];
  const known = new Map([['c1', { id: 'c1', mask: '****', provider: 'openai' }]]);
  const bed = await batchesBed({
    ask: ({ credential }, { read }) => {
      keys.push(credential.kind === 'key' ? credential.value : credential.kind);
      read(Buffer.from(JSON.stringify(completed())));
      return Promise.resolve('whole');
    },
    open: (id) => {
      const own = known.get(id);
      return own && { kind: 'key', value: 'sk-of-a-user', own };
    },
  });
  const { batches } = bed;
  batches.configure({
    prices: { find: findPrice({ input: 1, output: 1 }) },
    places: [{ model: 'gpt-4o', endpoint: { ...endpoint, takesOwnKeys: true } }],
  });
  batches.made({ ...MADE, credential: 'c1' });
  batches.made({ ...MADE, id: 'batch_2', credential: 'deleted' });
  await batches.idle();
  batches.start();
  await pass(bed, batches, 2 * HOUR_MS);
  expect(keys).toEqual(['sk-of-a-user']);
  expect(await bed.rows()).toMatchObject([{ requestId: 'batch_1', credential: 'c1', cost: expect.any(BigInt) }]);
  expect(await bed.spent()).toBe(0n);
});
