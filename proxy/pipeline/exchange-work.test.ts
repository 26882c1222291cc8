import { expect, test } from 'vitest';
import { COMPLETION, JSON_HEAD, turn } from '../generation/generation.fixture.ts';
import type { AttemptRecord } from '../telemetry/attempt-record.ts';
import type { ExchangeRecord } from '../telemetry/exchange-record.ts';
import { ExchangeTrace, type KeyParts, type Propagation } from '../telemetry/exchange-trace.ts';
import { operationBed } from './operation.fixture.ts';

const QUESTION = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };

interface Seen {
  readonly record: ExchangeRecord;
  readonly trace: ExchangeTrace | undefined;
  readonly attempts: readonly AttemptRecord[];
  readonly keyParts: KeyParts | undefined;
}

function differing(one: KeyParts = {}, other: KeyParts = {}): string[] {
  return Object.keys(one).filter((name) => one[name] !== other[name]);
}

/** A bed whose requests are traced, or are not. */
function tracedBed(tracing = true, propagation?: Propagation) {
  const bed = operationBed();
  const seen: Seen[] = [];
  Object.assign(bed.runtime.telemetry, {
    tracing,
    trace: (startedAt: number) => {
      const trace = new ExchangeTrace(bed.clock, startedAt);
      trace.propagation = propagation;
      return trace;
    },
    exchange: (record: ExchangeRecord, trace: ExchangeTrace | undefined, attempts: readonly AttemptRecord[]) =>
      void seen.push({ record, trace, attempts, keyParts: trace?.keyParts?.() }),
  });
  return { ...bed, seen };
}

test('an exchange without a trace has its attempts all the same', async () => {
  const { upstream, ask, seen, clock } = tracedBed(false);
  const asked = ask(QUESTION);
  await turn();
  clock.advance(20);
  upstream.answer(503, JSON_HEAD, '{}');
  await turn();
  clock.advance(5);
  upstream.answer(200, JSON_HEAD, COMPLETION);
  await asked.over;
  expect(seen).toHaveLength(1);
  expect(seen[0]).toMatchObject({
    trace: undefined,
    attempts: [
      { endpoint: 'm/a', ordinal: 1, begin: 0, end: 20, outcome: 'server_error', status: 503, hedged: false },
      { endpoint: 'm/b', ordinal: 2, begin: 20, firstEvent: 25, end: 25, outcome: 'ok', status: 200 },
    ],
  });
});

test('a trace has the stages in their order, the look-up, and the parts of the key', async () => {
  const { upstream, ask, seen, clock } = tracedBed();
  const first = ask(QUESTION);
  await turn();
  clock.advance(30);
  upstream.answer(200, JSON_HEAD, COMPLETION);
  await first.over;
  const second = ask({ ...QUESTION, temperature: 1 });
  await turn();
  upstream.answer(200, JSON_HEAD, COMPLETION);
  await second.over;
  await ask(QUESTION).over;
  const [miss, other, hit] = seen as [Seen, Seen, Seen];
  const names = [
    'identify',
    'receive',
    'resolve',
    'admit',
    'prepare',
    'recall',
    'lookup',
    'join',
    'forward',
    'respond',
  ];
  expect(miss.trace?.marks.map(({ name }) => name)).toEqual(names);
  expect(miss.trace?.marks.at(-1)).toEqual({ name: 'respond', begin: 0, end: 30 });
  expect(miss.trace).toMatchObject({
    lookup: { tier: 'none', begin: 0, end: 0 },
    generation: 'req_1',
    cost: undefined,
  });
  expect(hit.trace).toMatchObject({ lookup: { tier: 'memory' }, generation: undefined, follows: undefined });
  expect(hit.attempts).toEqual([]);
  expect(hit.trace?.cacheKey).toBe(miss.trace?.cacheKey);
  expect(hit.keyParts).toEqual(miss.keyParts);
  expect(differing(miss.keyParts, other.keyParts)).toEqual(['body']);
});

test('an exchange that joins follows the trace of the generation, and has no attempts', async () => {
  const usages: unknown[] = [];
  const propagation: Propagation = {
    headers: (attempt) => [['traceparent', `00-x-${attempt?.ordinal}-01`]],
    ended: (usage) => void usages.push(usage),
  };
  const { upstream, ask, seen } = tracedBed(true, propagation);
  const first = ask(QUESTION, { traceparent: '00-client-1-01' });
  await turn();
  const second = ask(QUESTION);
  await turn();
  const { headers } = upstream.sent[0]!.request;
  expect(headers.filter((_, at) => headers[at - (at % 2)] === 'traceparent')).toEqual(['traceparent', '00-x-1-01']);
  upstream.answer(200, JSON_HEAD, COMPLETION);
  await Promise.all([first.over, second.over]);
  expect(usages).toEqual([{ input: 5, output: 2 }]);
  const joined = seen.find(({ record }) => record.cache === 'joined');
  expect(joined).toMatchObject({ attempts: [], trace: { generation: 'req_1', follows: propagation } });
});
