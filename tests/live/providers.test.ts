import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest';
import { systemClock } from '../../proxy/core/clock.ts';
import { loadBundledPrices } from '../../proxy/usage/bundled-prices.ts';
import { costOf } from '../../proxy/usage/cost.ts';
import { PriceTable } from '../../proxy/usage/price-table.ts';
import { tempFolder } from '../setup/temp-folder.ts';
import { benchmark, resultIn, rowsOf } from '../system/benchmark-cli.ts';
import {
  askStreamed,
  LIVE_PROVIDERS,
  MAX_TOKENS,
  needsBed,
  startLiveBed,
  type LiveBed,
  type Reported,
} from './provider.ts';

/** Each call is a short question with few tokens for its answer; the relay counts and bounds all of them. */
const TIMEOUT_MS = 90_000;

let prices: PriceTable;
beforeAll(async () => {
  prices = new PriceTable({ clock: systemClock, bundled: await loadBundledPrices() });
});

describe.each(LIVE_PROVIDERS)('$provider', (one) => {
  let bed: LiveBed | undefined;
  const reported: Reported[] = [];
  beforeAll(async () => {
    bed = await startLiveBed(one);
  });
  afterAll(() => bed?.close());

  /** What the table says that these answers cost, in US dollars; null where it does not know the model. */
  const priceOf = (model: string, answers: readonly Reported[]): number | null => {
    const price = prices.find({ model, publicName: one.model, provider: one.provider })?.price;
    const costs = answers.map(({ input, output }) => costOf({ input, output }, price).amount);
    return costs.some((cost) => cost === null) ? null : costs.reduce((sum, cost) => sum + Number(cost) / 1e9, 0);
  };

  const booked = async (at: LiveBed, answer: Reported): Promise<void> => {
    expect(answer.text).toMatch(/paris/i);
    expect(answer.input).toBeGreaterThan(0);
    expect(answer.output).toBeGreaterThan(0);
    expect(answer.output).toBeLessThanOrEqual(MAX_TOKENS);
    reported.push(answer);
    await expect.poll(async () => (await at.ledger()).requests).toBe(reported.length);
    const { input, output, costUsd } = await at.ledger();
    const sum = (member: 'input' | 'output'): number => reported.reduce((total, each) => total + each[member], 0);
    expect([input, output]).toEqual([sum('input'), sum('output')]);
    const cost = priceOf(at.model, reported);
    if (cost === null) expect(costUsd).toBeNull();
    else expect(costUsd).toBeCloseTo(cost, 12);
    if (at.mocked) expect(at.mocked.meter.spentUsd).toBeCloseTo(Number(costUsd), 12);
  };

  test(
    'an answer to its own SDK is booked with the usage that it reports, at the price of the table',
    { timeout: TIMEOUT_MS },
    async (context) => {
      const at = needsBed(context, bed, one);
      await booked(at, await one.ask(at.url, one.model));
    },
  );

  test('a stream to the OpenAI SDK is booked in the same way', { timeout: TIMEOUT_MS }, async (context) => {
    const at = needsBed(context, bed, one);
    await booked(at, await askStreamed(at.url, one.model));
  });

  test('llmproxy benchmark measures and prices a call', { timeout: TIMEOUT_MS }, async (context) => {
    const at = needsBed(context, bed, one);
    const folder = tempFolder('live-benchmark');
    writeFileSync(join(folder, 'p.json'), '[{"name": "capital", "prompt": "Name the capital of France in one word."}]');
    const env = { [one.keys[0]!]: at.key, [one.address]: at.address };
    const args = ['--models', `${one.id}/${at.model}`, '--prompts', 'p.json', '--max-tokens', String(MAX_TOKENS)];
    const { code, out, err } = await benchmark(folder, [...args, '--providers', one.id], { env });
    expect([code, err]).toEqual([0, '']);
    const file = resultIn(folder);
    const [row] = rowsOf(file);
    const answer = { text: '', input: Number(row!['input_tokens']), output: Number(row!['output_tokens']) };
    expect(row).toMatchObject({ success: true, model: at.model, total_cost: priceOf(at.model, [answer]) });
    expect(out + file.text).not.toContain(at.key);
  });

  test('every call was bounded', async (context: TestContext) => {
    const at = needsBed(context, bed, one);
    const { mocked } = at;
    if (mocked === undefined) context.skip('what a real provider was sent is not recorded');
    const { mock, meter } = mocked;
    const bodies = (await mock.requests()).map(({ body }) => JSON.stringify(body));
    expect(bodies).toHaveLength(meter.calls);
    expect(bodies).toHaveLength(3);
    const bound = new RegExp(`"(?:max_tokens|max_completion_tokens|maxOutputTokens)":${MAX_TOKENS}\\b`);
    expect(bodies.filter((body) => !bound.test(body))).toEqual([]);
  });
});
