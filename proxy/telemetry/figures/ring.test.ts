import { expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import type { ExchangeRecord } from '../exchange-record.ts';
import type { GenerationRecord } from '../generation-record.ts';
import { FIGURES_KEPT, FigureRing, type TokensAt } from './ring.ts';

const START = 1_750_000_000;

function ringWith(cost: (tokens: TokensAt) => number | undefined = () => undefined) {
  const clock = new ManualClock(START * 1_000);
  const running = { inFlight: 0, generations: 0 };
  const ring = new FigureRing({
    now: () => clock.now(),
    inFlight: () => running.inFlight,
    generations: () => running.generations,
    cost,
  });
  const tick = (): void => {
    clock.advance(1_000);
    ring.tick();
  };
  return { ring, running, tick, clock };
}

function exchange(over: Partial<ExchangeRecord>): ExchangeRecord {
  return {
    id: 'req',
    method: 'POST',
    path: '/v1/chat/completions',
    operation: 'chat.completions',
    stream: false,
    attempts: 1,
    cache: 'miss',
    status: 200,
    termination: { by: 'upstream', phase: 'done' },
    startedAt: 0,
    ms: 10,
    ...over,
  };
}

function generation(over: Partial<GenerationRecord>): GenerationRecord {
  return {
    id: 'req',
    operation: 'chat.completions',
    model: 'm',
    endpoint: 'm/a',
    attempts: 1,
    outcome: 'ok',
    status: 200,
    ms: 10,
    ttftMs: 5,
    stated: undefined,
    estimated: undefined,
    ...over,
  };
}

test('a second holds what was counted since the last one, and the state at its end', () => {
  const { ring, running, tick } = ringWith();
  ring.exchange(exchange({ ttftMs: 20 }));
  ring.exchange(exchange({ cache: 'hit' }));
  ring.exchange(exchange({ cache: 'joined' }));
  ring.exchange(exchange({ cache: 'none', status: 404 }));
  ring.exchange(exchange({ cache: 'bypass', status: 502 }));
  ring.exchange(exchange({ status: 499, termination: { by: 'client', phase: 'respond' } }));
  running.inFlight = 3;
  running.generations = 2;
  tick();
  running.inFlight = 0;
  tick();
  const [first, second] = ring.since(0);
  expect(first).toMatchObject({
    at: START + 1,
    requests: 6,
    lookups: 4,
    hits: 2,
    errors: 1,
    refused: 1,
    left: 1,
    inFlight: 3,
    generations: 2,
  });
  expect(first?.ttft).toHaveLength(2);
  expect(second).toMatchObject({ at: START + 2, requests: 0, hits: 0, inFlight: 0, ttft: [] });
});

test('tokens are those of upstream answers, stated or estimated; their cost is known where a price is', () => {
  const prices: Record<string, number> = { 'm/a': 2, 'm/free': 0 };
  const { ring, tick } = ringWith(({ endpoint, input, output }) => {
    const price = prices[endpoint];
    return price === undefined ? undefined : price * (input + output);
  });
  ring.generation(generation({ stated: { input: 5, output: 1, cachedInput: 2 } }));
  ring.generation(generation({ estimated: { input: 1, output: 1 } }));
  ring.generation(generation({ endpoint: 'm/unknown', stated: { input: 9, output: 9 } }));
  tick();
  ring.generation(generation({ endpoint: 'm/unknown', stated: { input: 9, output: 9 } }));
  tick();
  tick();
  expect(ring.since(0).map(({ input, output, cost }) => [input, output, cost])).toEqual([
    [15, 11, 16],
    [9, 9, null],
    [0, 0, 0],
  ]);
});

test('the ring keeps an hour, and gives what is newer than a moment, oldest first', () => {
  const { ring, tick } = ringWith();
  for (let second = 0; second < FIGURES_KEPT + 10; second += 1) tick();
  const all = ring.since(0).map(({ at }) => at);
  expect(all).toHaveLength(FIGURES_KEPT);
  expect([all[0], all.at(-1)]).toEqual([START + 11, START + FIGURES_KEPT + 10]);
  expect(all).toEqual(all.toSorted((a, b) => a - b));
  expect(ring.since(START + FIGURES_KEPT + 7).map(({ at }) => at - START - FIGURES_KEPT)).toEqual([8, 9, 10]);
  expect(ring.since(START + FIGURES_KEPT + 10)).toEqual([]);
});
