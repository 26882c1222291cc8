import { expect, test } from 'vitest';
import { MetricsSum } from './metrics-sum.ts';

function textOf(sum: MetricsSum): string[] {
  return [...sum.pieces()].join('').split('\n').filter(Boolean);
}

function family(name: string, type: string, ...lines: string[]): string {
  return [`# HELP ${name} Help of it.`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n');
}

const REQUESTS = 'llmproxy_requests_total';

test('counters and histograms add up, series by series, behind one head', () => {
  const sum = new MetricsSum();
  sum.take(0, family(REQUESTS, 'counter', `${REQUESTS}{model="a b",status="200"} 3`));
  sum.take(
    1,
    family(REQUESTS, 'counter', `${REQUESTS}{model="a b",status="200"} 4`, `${REQUESTS}{model="c",status="200"} 1`),
  );
  for (const from of [0, 1]) {
    sum.take(from, family('d', 'histogram', 'd_bucket{le="1"} 1', 'd_bucket{le="+Inf"} 2', 'd_sum 1.5', 'd_count 2'));
  }
  expect(textOf(sum)).toEqual([
    `# HELP ${REQUESTS} Help of it.`,
    `# TYPE ${REQUESTS} counter`,
    `${REQUESTS}{model="a b",status="200"} 7`,
    `${REQUESTS}{model="c",status="200"} 1`,
    '# HELP d Help of it.',
    '# TYPE d histogram',
    'd_bucket{le="1"} 2',
    'd_bucket{le="+Inf"} 4',
    'd_sum 3',
    'd_count 4',
  ]);
});

test('a family may go on in the next piece of the same process, whatever another tells in between', () => {
  const sum = new MetricsSum();
  sum.take(0, family('a_total', 'counter', 'a_total{x="1"} 1'));
  sum.take(1, family('b_total', 'counter', 'b_total 10'));
  sum.take(0, 'a_total{x="2"} 2\n');
  expect(textOf(sum).filter((line) => !line.startsWith('#'))).toEqual([
    'a_total{x="1"} 1',
    'a_total{x="2"} 2',
    'b_total 10',
  ]);
});

test('a process that has ended keeps its counts and loses its gauges; the next one in its place counts on', () => {
  const sum = new MetricsSum();
  const report = (from: number, requests: number, flights: number): void => {
    sum.begin(from);
    sum.take(from, family(REQUESTS, 'counter', `${REQUESTS} ${requests}`));
    sum.take(from, family('llmproxy_flights', 'gauge', `llmproxy_flights ${flights}`));
  };
  report(0, 5, 1);
  report(1, 7, 2);
  sum.end(1);
  expect(textOf(sum)).toEqual(expect.arrayContaining([`${REQUESTS} 12`, 'llmproxy_flights 1']));
  report(1, 2, 4);
  expect(textOf(sum)).toEqual(expect.arrayContaining([`${REQUESTS} 14`, 'llmproxy_flights 5']));
  sum.end(1);
  sum.end(0);
  expect(textOf(sum)).toContain(`${REQUESTS} 14`);
  expect(textOf(sum).some((line) => line.startsWith('llmproxy_flights '))).toBe(false);
});

test('a process that does not answer keeps its last counts', () => {
  const sum = new MetricsSum();
  sum.take(0, family(REQUESTS, 'counter', `${REQUESTS} 5`));
  sum.take(1, family(REQUESTS, 'counter', `${REQUESTS} 7`));
  sum.begin(0);
  sum.begin(1);
  sum.take(0, family(REQUESTS, 'counter', `${REQUESTS} 6`));
  expect(textOf(sum)).toContain(`${REQUESTS} 13`);
});

test.each([
  ['llmproxy_redis_up', [1, 0], 0],
  ['llmproxy_config_last_reload_successful', [1, 1], 1],
  ['process_start_time_seconds', [20, 10], 10],
  ['llmproxy_limits_local', [0, 1], 1],
  ['process_resident_memory_bytes', [20, 10], 30],
  ['llmproxy_in_flight', [2, 3], 5],
])('of the gauge %s with %j is shown %d', (name, values, shown) => {
  const sum = new MetricsSum();
  for (const [from, value] of values.entries()) sum.take(from, family(name, 'gauge', `${name} ${value}`));
  expect(textOf(sum).at(-1)).toBe(`${name} ${shown}`);
});

test('a reload that each process has counted is one', () => {
  const sum = new MetricsSum();
  const name = 'llmproxy_config_reloads_total';
  for (const from of [0, 1, 2]) sum.take(from, family(name, 'counter', `${name}{result="taken"} 2`));
  sum.end(0);
  expect(textOf(sum)).toContain(`${name}{result="taken"} 2`);
});

test('an endpoint has one state, the worst that any process knows', () => {
  const sum = new MetricsSum();
  const states = ['admitting', 'ejected', 'probing'];
  const report = (from: number, own: string): void => {
    const lines = states.map(
      (state) => `llmproxy_endpoint_state{endpoint="m/a",state="${state}"} ${Number(state === own)}`,
    );
    sum.take(from, family('llmproxy_endpoint_state', 'gauge', ...lines));
    const out = `llmproxy_endpoint_operation_out{endpoint="m/a",operation="chat",state="${own}"} 1`;
    if (own !== 'admitting') sum.take(from, family('llmproxy_endpoint_operation_out', 'gauge', out));
  };
  report(0, 'probing');
  report(1, 'ejected');
  report(2, 'admitting');
  const shown = textOf(sum).filter((line) => !line.startsWith('#'));
  expect(shown).toEqual([
    'llmproxy_endpoint_state{endpoint="m/a",state="admitting"} 0',
    'llmproxy_endpoint_state{endpoint="m/a",state="ejected"} 1',
    'llmproxy_endpoint_state{endpoint="m/a",state="probing"} 0',
    'llmproxy_endpoint_operation_out{endpoint="m/a",operation="chat",state="ejected"} 1',
  ]);
});

test('large text comes in pieces of whole lines', () => {
  const sum = new MetricsSum();
  const lines = Array.from({ length: 5_000 }, (_, index) => `${REQUESTS}{model="model-${index}"} ${index}`);
  sum.take(0, family(REQUESTS, 'counter', ...lines));
  const pieces = [...sum.pieces()];
  expect(pieces.length).toBeGreaterThan(2);
  for (const piece of pieces) expect(piece.endsWith('\n')).toBe(true);
  expect(pieces.join('').split('\n')).toHaveLength(5_003);
});
