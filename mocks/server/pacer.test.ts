import { expect, test } from 'vitest';
import type { StreamEvent } from '../dialects/reply.ts';
import { Pacer } from './pacer.ts';

function event(kind: StreamEvent['kind'], tokens: number): StreamEvent {
  return { bytes: 'x', kind, tokens };
}

const stream = [
  event('open', 0),
  event('open', 0),
  event('content', 1),
  event('content', 2),
  event('content', 1),
  event('close', 0),
];

test('opening events come at once, the first content after its delay, the next when the tokens before it are spent', () => {
  const pacer = new Pacer({ firstEventMs: 100, tokensPerSecond: 50 });
  expect(stream.map((each) => pacer.dueMs(each))).toEqual([0, 0, 100, 120, 160, 180]);
});

test('an opening event after content (the next choice, the next item) keeps its place', () => {
  const pacer = new Pacer({ firstEventMs: 100, tokensPerSecond: 100 });
  const due = [event('open', 0), event('content', 3), event('open', 0)].map((each) => pacer.dueMs(each));
  expect(due).toEqual([0, 100, 130]);
});

test('without a pace everything is due at once', () => {
  const pacer = new Pacer({});
  expect(pacer.idle).toBe(true);
  expect(stream.map((each) => pacer.dueMs(each))).toEqual([0, 0, 0, 0, 0, 0]);
  expect(new Pacer({ tokensPerSecond: 0 }).idle).toBe(true);
});

test('an answer that is sent whole waits for its first event and all its tokens', () => {
  expect(new Pacer({ firstEventMs: 100, tokensPerSecond: 10 }).wholeMs(5)).toBe(600);
});
