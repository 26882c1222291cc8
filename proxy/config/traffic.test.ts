import { expect, test } from 'vitest';

import { ConfigError } from './fault.ts';
import { type Loaded, parseConfig } from './load.ts';

const MOCK = 'models: { m: { endpoints: [ { provider: mock } ] } }';

function parse(text: string): Loaded {
  return parseConfig(text, 'test.yaml', { environment: {} });
}

function faults(text: string): string[] {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

test.each([
  ['{ after: p95 }', { after: 'p95', atLeastMs: 100, percent: 5 }],
  ['{ after: 750ms, budget: 10% }', { after: 750, atLeastMs: 100, percent: 10 }],
  ['{ after: p95, at_least: 2s }', { after: 'p95', atLeastMs: 2_000, percent: 5 }],
  ['{}', undefined],
  ['{ after: off, budget: 10% }', undefined],
  ['{ after: p95, budget: 0 }', undefined],
])('hedging of %s is read', (text, expected) => {
  expect(parse(`routing: { hedging: ${text} }\n${MOCK}`).config.models[0]?.routing.hedging).toEqual(expected);
});

test('a model hedges otherwise than the section says for all', () => {
  const models =
    'models: { a: { endpoints: [{ provider: mock }], routing: { hedging: { after: off } } }, b: { endpoints: [{ provider: mock }], routing: { hedging: { budget: 1% } } } }';
  const { config } = parse(`routing: { hedging: { after: 1s } }\n${models}`);
  expect(config.models.map(({ routing }) => routing.hedging)).toEqual([
    undefined,
    { after: 1_000, atLeastMs: 100, percent: 1 },
  ]);
});

test.each(['0', '2d', 'p99', '5'])('hedging after %s is refused', (text) => {
  expect(faults(`routing: { hedging: { after: "${text}" } }\n${MOCK}`)).toEqual([
    expect.stringContaining('routing.hedging.after: expected `off`, `p95` or a duration'),
  ]);
});

test('limits that providers tell count where the section or the model says so', () => {
  const models =
    'models: { a: { endpoints: [{ provider: mock }] }, b: { endpoints: [{ provider: mock }], routing: { rate_limit_shares: true } } }';
  const on = (text: string) => parse(text).config.models.map(({ routing }) => routing.rateLimitShares);
  expect(on(models)).toEqual([undefined, true]);
  expect(on(`routing: { rate_limit_shares: true }\n${models.replace('shares: true', 'shares: false')}`)).toEqual([
    true,
    undefined,
  ]);
});

test('weights in the queues are read, and none are none', () => {
  expect(parse(MOCK).config.server.queue).not.toHaveProperty('weights');
  const { queue } = parse(`server: { queue: { weights: { ada: 3, research: 10 } } }\n${MOCK}`).config.server;
  expect([...(queue.weights ?? [])]).toEqual([
    ['ada', 3],
    ['research', 10],
  ]);
  for (const weight of ['0', '1.5', '1001', 'many'])
    expect(faults(`server: { queue: { weights: { ada: ${weight} } } }\n${MOCK}`)).toEqual([
      expect.stringContaining('server.queue.weights.ada: expected a whole number from 1 to 1000'),
    ]);
});
