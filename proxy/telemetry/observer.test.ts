import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { attemptRecord } from './attempt-record.ts';
import type { ExchangeRecord } from './exchange-record.ts';
import { ExchangeTrace } from './exchange-trace.ts';
import type { GenerationRecord } from './generation-record.ts';
import { type Observer, Observers } from './observer.ts';

const EXCHANGE = { id: 'req_1' } as ExchangeRecord;
const GENERATION = { id: 'req_1' } as GenerationRecord;
const HEAD = { id: 'req_1', operation: 'responses', headers: {} };

function watcher(name: string, heard: string[]): Observer {
  return {
    begun: (_trace, { id }) => void heard.push(`${name} begun ${id}`),
    exchange: ({ id }, trace, attempts) =>
      void heard.push(`${name} ${id} ${trace ? 'traced' : 'plain'} ${attempts.length}`),
    generation: ({ id }) => void heard.push(`${name} generation ${id}`),
  };
}

test('every observer hears of everything until it ends', () => {
  const heard: string[] = [];
  const observers = new Observers(() => undefined);
  observers.exchange(EXCHANGE, undefined, []);
  const first = observers.watch(watcher('a', heard));
  observers.watch(watcher('b', heard));
  const trace = new ExchangeTrace(new ManualClock(), 0);
  observers.begun(trace, HEAD);
  observers.exchange(EXCHANGE, trace, [attemptRecord({ id: 'm/a', provider: 'mock', origin: 'http://a' }, 1, 0)]);
  first.end();
  observers.generation(GENERATION);
  observers.exchange(EXCHANGE, undefined, []);
  expect(heard).toEqual([
    'a begun req_1',
    'b begun req_1',
    'a req_1 traced 1',
    'b req_1 traced 1',
    'b generation req_1',
    'b req_1 plain 0',
  ]);
});

test('stages are marked while one observer wants it, and an observer that has ended wants nothing', () => {
  const observers = new Observers(() => undefined);
  const first = observers.watch({});
  const second = observers.watch({});
  expect(observers.marks).toBe(false);
  first.wantMarks(true);
  second.wantMarks(true);
  first.wantMarks(false);
  expect(observers.marks).toBe(true);
  second.end();
  expect(observers.marks).toBe(false);
  second.wantMarks(true);
  expect(observers.marks).toBe(false);
});

test('a stage ends where the next one begins; the first look-up has the beginning and the last one the tier', () => {
  const clock = new ManualClock();
  const trace = new ExchangeTrace(clock, 0);
  trace.enter('lookup');
  clock.advance(2);
  trace.lookUp();
  clock.advance(3);
  trace.lookedUp('none');
  trace.enter('join');
  clock.advance(1);
  trace.lookedUp('memory');
  trace.end();
  expect(trace.marks).toEqual([
    { name: 'lookup', begin: 0, end: 5 },
    { name: 'join', begin: 5, end: 6 },
  ]);
  expect(trace.lookup).toEqual({ begin: 2, end: 6, tier: 'memory' });
});

test('an observer that fails is reported, and neither the request nor another observer notices', () => {
  const heard: string[] = [];
  const faults: unknown[] = [];
  const observers = new Observers((error) => void faults.push(error));
  const broken = (): never => {
    throw new Error('broken');
  };
  observers.watch({ begun: broken, exchange: broken, generation: broken });
  observers.watch(watcher('a', heard));
  const trace = new ExchangeTrace(new ManualClock(), 0);
  observers.begun(trace, HEAD);
  observers.exchange(EXCHANGE, trace, []);
  observers.generation(GENERATION);
  expect(heard).toEqual(['a begun req_1', 'a req_1 traced 0', 'a generation req_1']);
  expect(faults).toEqual([new Error('broken'), new Error('broken'), new Error('broken')]);
});
