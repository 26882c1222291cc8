import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nonce } from './ask.ts';
import { budget, requestLimit, startGoverned, tokenLimit, verdict, type Entity, type Governed } from './governed.ts';
import { budgetOf, rateOf, valueOf, type BudgetView, type RateView } from './governed-views.ts';

let bed: Governed;
beforeAll(async () => {
  bed = await startGoverned();
});
afterAll(() => bed.close());

const keyNow = ({ id }: Entity): Promise<Entity> => bed.get('virtual-keys', id);
/** Of an answer that a test scripts. */
const usage = { inputTokens: 60, outputTokens: 40 };

const ask = async (key: string, body: object = {}): Promise<string> => verdict(await bed.chat(key, body));

describe('limits of requests', () => {
  test.each([
    ['JSON', {}],
    ['streams', { stream: true }],
  ])(
    'of 15 at the same moment exactly 10 pass a limit of 10, and what is shown is what is counted: %s',
    async (_what, body) => {
      const key = await bed.make('virtual-keys', requestLimit(10));
      const before = await bed.upstreamCalls();
      const answers = await Promise.all(Array.from({ length: 15 }, () => bed.chat(valueOf(key), body)));
      const verdicts = answers.map(verdict);
      expect(verdicts.filter((one) => one === '200 ok')).toHaveLength(10);
      expect(verdicts.filter((one) => one === '429 request_limited')).toHaveLength(5);
      expect(await bed.upstreamCalls()).toBe(before + 10);
      expect(rateOf(await keyNow(key)).request_current_usage).toBe(10);
    },
  );

  test('the pause is until the window opens, in whole seconds; the limit stands in the headers', async () => {
    const key = await bed.key(requestLimit(2, '30s'));
    const first = await bed.chat(key);
    expect(first.headers).toMatchObject({ 'x-ratelimit-limit-requests': '2', 'x-ratelimit-remaining-requests': '1' });
    expect(first.headers['x-ratelimit-reset-requests']).toMatch(/^\d+s$/);
    await bed.chat(key);
    const refused = await bed.chat(key);
    expect(verdict(refused)).toBe('429 request_limited');
    const pause = Number(refused.headers['retry-after']);
    expect(pause).toBeGreaterThanOrEqual(1);
    expect(pause).toBeLessThanOrEqual(30);
    expect(refused.headers).toMatchObject({ 'x-ratelimit-limit-requests': '2', 'x-ratelimit-remaining-requests': '0' });
  });

  test('what a later gate refuses is given back, and so is what upstream fails', async () => {
    const key = await bed.make('virtual-keys', { ...requestLimit(3), ...budget(0) });
    for (let tries = 0; tries < 5; tries++) expect(await ask(valueOf(key))).toBe('402 budget_exceeded');
    expect(rateOf(await keyNow(key)).request_current_usage).toBe(0);
    await bed.put('virtual-keys', key.id, budget(100));
    const word = nonce();
    await bed.mock.script([{ match: { text: word }, answer: { error: { status: 500 } } }]);
    const failed = await bed.chat(valueOf(key), { messages: [{ role: 'user', content: word }] });
    expect(failed.status).toBeGreaterThanOrEqual(500);
    await bed.mock.reset();
    const after = await keyNow(key);
    expect([rateOf(after).request_current_usage, budgetOf(after).current_usage]).toEqual([0, 0]);
    expect(await ask(valueOf(key))).toBe('200 ok');
  });

  test('what the client spoils counts as a request and costs nothing', async () => {
    const key = await bed.make('virtual-keys', { ...requestLimit(3), ...budget(100) });
    const word = nonce();
    await bed.mock.script([{ match: { text: word }, answer: { error: { status: 422 } } }]);
    expect((await bed.chat(valueOf(key), { messages: [{ role: 'user', content: word }] })).status).toBe(422);
    await bed.mock.reset();
    const after = await keyNow(key);
    expect([rateOf(after).request_current_usage, budgetOf(after).current_usage]).toEqual([1, 0]);
  });

  test('a window that has ended counts as zero at once, for the gate and for who looks; its border keeps the anchor', async () => {
    const key = await bed.make('virtual-keys', requestLimit(1, '2s'));
    const anchor = Date.parse(rateOf(key).request_last_reset);
    expect(await ask(valueOf(key))).toBe('200 ok');
    expect(rateOf(await keyNow(key)).request_current_usage).toBe(1);
    // Looked at alone, without any request in between.
    await expect.poll(async () => rateOf(await keyNow(key)).request_current_usage).toBe(0);
    const { request_last_reset: border } = rateOf(await keyNow(key));
    expect(Date.parse(border)).toBeGreaterThan(anchor);
    expect((Date.parse(border) - anchor) % 2_000).toBe(0);
    await expect.poll(() => ask(valueOf(key))).toBe('200 ok');
    expect(Date.parse(rateOf(await keyNow(key)).request_last_reset) % 2_000).toBe(anchor % 2_000);
  });

  test('refused requests do not hold a window shut', async () => {
    const key = await bed.key(requestLimit(1, '1s'));
    expect(await ask(key)).toBe('200 ok');
    const until = Date.now() + 8_000;
    let passed = 0;
    while (passed < 3 && Date.now() < until) if ((await ask(key)) === '200 ok') passed += 1;
    expect(passed).toBe(3);
  });

  test('reading, deleting and cancelling pass an exhausted limit and count nothing', async () => {
    const key = await bed.make('virtual-keys', requestLimit(1));
    const headers = { authorization: `Bearer ${valueOf(key)}` };
    const made = await bed.call('/v1/responses', { method: 'POST', headers, body: { model: 'gpt-4', input: nonce() } });
    expect(made.status).toBe(200);
    expect(await ask(valueOf(key))).toBe('429 request_limited');
    const path = `/v1/responses/${String(made.json['id'])}`;
    expect((await bed.call('/v1/models', { method: 'GET', headers })).status).toBe(200);
    expect((await bed.call(path, { method: 'GET', headers })).status).toBe(200);
    expect((await bed.call(`${path}/cancel`, { method: 'POST', headers })).status).not.toBe(429);
    expect((await bed.call(path, { method: 'DELETE', headers })).status).toBe(200);
    expect(rateOf(await keyNow(key)).request_current_usage).toBe(1);
  });
});

describe('limits of tokens', () => {
  test.each([
    ['JSON', {}],
    ['a stream', { stream: true }],
    ['a stream that shows its usage', { stream: true, stream_options: { include_usage: true } }],
  ])('are charged after the answer: %s', async (_what, body) => {
    const key = await bed.make('virtual-keys', tokenLimit(150));
    await bed.mock.answer({ times: 2, answer: { text: 'ok', usage } });
    const first = await bed.chat(valueOf(key), body);
    // Usage that the client did not ask for is not shown to it.
    expect(/"usage": ?\{/.test(first.text)).toBe(!('stream' in body) || 'stream_options' in body);
    expect(rateOf(await keyNow(key)).token_current_usage).toBe(100);
    expect(await ask(valueOf(key), body)).toBe('200 ok');
    const refused = await bed.chat(valueOf(key), body);
    expect(verdict(refused)).toBe('429 token_limited');
    expect(refused.headers['content-type']).toMatch(/^application\/json/);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(rateOf(await keyNow(key))).toMatchObject({ token_current_usage: 200 });
  });

  test('a first request is not refused by an estimate', async () => {
    const key = await bed.key(tokenLimit(1));
    expect(await ask(key, { messages: [{ role: 'user', content: `${nonce()} word`.repeat(200) }] })).toBe('200 ok');
    expect(await ask(key)).toBe('429 token_limited');
  });

  test('both limits of a window exhausted are rate_limited; the windows have clocks of their own', async () => {
    const rate_limit = {
      token_max_limit: 1,
      token_reset_duration: '1h',
      request_max_limit: 1,
      request_reset_duration: '2s',
    };
    const key = await bed.make('virtual-keys', { rate_limit });
    expect(await ask(valueOf(key))).toBe('200 ok');
    expect(await ask(valueOf(key))).toBe('429 rate_limited');
    await expect.poll(() => ask(valueOf(key))).toBe('429 token_limited');
    const { token_current_usage: tokens, request_current_usage: requests } = rateOf(await keyNow(key));
    expect([tokens > 0, requests]).toEqual([true, 0]);
  });
});

describe('budgets', () => {
  test('every level of the chain is charged the same, and the first that is used up is named', async () => {
    const customer = await bed.make('customers', budget(4));
    const team = await bed.make('teams', { customer_id: customer.id, ...budget(3) });
    const user = await bed.make('users', budget(2));
    const key = await bed.make('virtual-keys', { team_id: team.id, user_id: user.id, ...budget(1) });
    const used = async (): Promise<number[]> =>
      Promise.all(
        [keyNow(key), bed.get('users', user.id), bed.get('teams', team.id), bed.get('customers', customer.id)].map(
          async (entity) => budgetOf(await entity).current_usage,
        ),
      );
    const refusal = async (): Promise<string> => {
      const answer = await bed.chat(valueOf(key));
      expect(verdict(answer)).toBe('402 budget_exceeded');
      expect(answer.headers).toMatchObject({ 'x-should-retry': 'false' });
      expect(answer.headers).not.toHaveProperty('retry-after');
      return (
        /BUDGET EXCEEDED: the budget of the (\w+) is exceeded: (.*) used/.exec(answer.text)?.slice(1).join(' ') ??
        answer.text
      );
    };
    expect(await ask(valueOf(key))).toBe('200 ok');
    expect(await used()).toEqual([1, 1, 1, 1]);
    expect(await refusal()).toBe('key 1 of 1 cents');
    await bed.put('virtual-keys', key.id, budget(9));
    expect(await ask(valueOf(key))).toBe('200 ok');
    expect(await refusal()).toBe('user 2 of 2 cents');
    await bed.put('users', user.id, budget(9));
    expect(await ask(valueOf(key))).toBe('200 ok');
    expect(await refusal()).toBe('team 3 of 3 cents');
    await bed.put('teams', team.id, { budget: null });
    expect(await ask(valueOf(key))).toBe('200 ok');
    expect(await refusal()).toBe('customer 4 of 4 cents');
    await bed.put('virtual-keys', key.id, { team_id: null, user_id: null });
    expect(await ask(valueOf(key))).toBe('200 ok');
  });

  test('a key directly on a customer is charged to it; one of a user inherits the user’s team', async () => {
    const customer = await bed.make('customers', budget(1));
    const direct = await bed.key({ customer_id: customer.id });
    expect(await ask(direct)).toBe('200 ok');
    expect(await ask(direct)).toBe('402 budget_exceeded');
    const team = await bed.make('teams', budget(1));
    const user = await bed.make('users', { team_id: team.id });
    const inherited = await bed.key({ user_id: user.id });
    expect(await ask(inherited)).toBe('200 ok');
    expect(await ask(inherited)).toBe('402 budget_exceeded');
  });

  test('budgets of a calendar end with it, and say so', async () => {
    const key = await bed.make('virtual-keys', { ...budget(1), calendar: 'month', time_zone: 'Pacific/Kiritimati' });
    expect(await ask(valueOf(key))).toBe('200 ok');
    const refused = await bed.chat(valueOf(key));
    expect([verdict(refused), refused.text.includes('in the window of calendar month')]).toEqual([
      '402 budget_exceeded',
      true,
    ]);
    // Of the calendar alone, and rate limits have none.
    await bed.put('virtual-keys', key.id, { calendar: null, ...requestLimit(1) });
    expect(await ask(valueOf(key))).toBe('402 budget_exceeded');
  });

  test('amounts are exact: a fraction of a cent is counted, and not more', async () => {
    const cheap = await startGoverned({ config: { prices: { '*': { request: 0.00045 } } } });
    try {
      const key = await cheap.make('virtual-keys', budget(1));
      for (let at = 1; at <= 3; at += 1) {
        expect(verdict(await cheap.chat(valueOf(key)))).toBe('200 ok');
        expect(budgetOf(await cheap.get('virtual-keys', key.id)).current_usage).toBe((at * 45) / 1_000);
      }
    } finally {
      await cheap.close();
    }
  });

  test.each([
    ['a hit costs nothing and counts as a request', { stream: false }],
    ['a hit of a stream costs nothing and counts as a request', { stream: true }],
  ])('%s', async (_what, body) => {
    const key = await bed.make('virtual-keys', { ...budget(100), ...requestLimit(3) });
    const messages = [{ role: 'user', content: nonce() }];
    const before = await bed.upstreamCalls();
    const cache: unknown[] = [];
    for (let at = 0; at < 3; at += 1) {
      const { headers } = await bed.chat(valueOf(key), { ...body, messages });
      cache.push(headers['x-llmproxy-cache']);
    }
    expect(cache).toEqual(['miss', 'hit', 'hit']);
    expect(await bed.upstreamCalls()).toBe(before + 1);
    // Governance comes before the cache.
    expect(await ask(valueOf(key), { ...body, messages })).toBe('429 request_limited');
    const { budget: money, rate_limit: rate } = (await keyNow(key)) as Entity & {
      budget: BudgetView;
      rate_limit: RateView;
    };
    expect([money.current_usage, rate.request_current_usage]).toEqual([1, 3]);
  });

  test('a hit counts no tokens', async () => {
    const key = await bed.make('virtual-keys', tokenLimit(1_000));
    await bed.mock.answer({ times: 1, answer: { text: 'ok', usage } });
    const messages = [{ role: 'user', content: nonce() }];
    for (let at = 0; at < 3; at += 1) await bed.chat(valueOf(key), { messages });
    expect(rateOf(await keyNow(key)).token_current_usage).toBe(100);
  });

  test('equal requests at one moment cost one answer, and count one each', async () => {
    const key = await bed.make('virtual-keys', { ...budget(100), ...requestLimit(100) });
    const content = nonce();
    await bed.mock.answer({ times: 1, answer: { text: 'slow', pace: { firstEventMs: 300 } } });
    const before = await bed.upstreamCalls();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => bed.chat(valueOf(key), { messages: [{ role: 'user', content }] })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(await bed.upstreamCalls()).toBe(before + 1);
    const after = await keyNow(key);
    expect([budgetOf(after).current_usage, rateOf(after).request_current_usage]).toEqual([1, 5]);
  });

  test('one level’s entries are not another’s: what one team paid for is no hit of the next', async () => {
    const content = nonce();
    const caches: unknown[] = [];
    for (const fields of [
      { team_id: (await bed.make('teams')).id },
      { team_id: (await bed.make('teams')).id },
      { customer_id: (await bed.make('customers')).id },
      {},
    ]) {
      const { headers } = await bed.chat(await bed.key(fields), { messages: [{ role: 'user', content }] });
      caches.push(headers['x-llmproxy-cache']);
    }
    caches.push((await bed.chat(undefined, { messages: [{ role: 'user', content }] })).headers['x-llmproxy-cache']);
    expect(caches).toEqual(['miss', 'miss', 'miss', 'miss', 'miss']);
  });

  test('two keys of one customer share its entries', async () => {
    const customer = await bed.make('customers');
    const content = nonce();
    const cacheOf = async (): Promise<unknown> =>
      (await bed.chat(await bed.key({ customer_id: customer.id }), { messages: [{ role: 'user', content }] })).headers[
        'x-llmproxy-cache'
      ];
    expect([await cacheOf(), await cacheOf()]).toEqual(['miss', 'hit']);
  });

  test('a budget that runs low says so in a header, at 50, 80 and 100 percent', async () => {
    const key = await bed.make('virtual-keys', budget(10));
    const warnings: unknown[] = [];
    for (let at = 0; at < 10; at += 1)
      warnings.push((await bed.chat(valueOf(key))).headers['x-llmproxy-budget-warning']);
    const none = undefined;
    const [half, most] = ['key;threshold=50', 'key;threshold=80'];
    expect(warnings).toEqual([none, none, none, none, none, half, half, half, most, most]);
    expect(await ask(valueOf(key))).toBe('402 budget_exceeded');
  });
});
