import { expect, test } from 'vitest';
import { pairOfPorts } from './channel.fixture.ts';
import { Channel, type ChannelOptions } from './channel.ts';

interface Question {
  readonly what: 'double' | 'parts';
  readonly of: number;
}
interface Answers {
  readonly double: number;
  readonly parts: true;
}
type Line = Channel<Question, Answers, string, Question, string>;

/** The two ends; the second answers as `options` say. */
function open(options: Partial<ChannelOptions<Question, string>>) {
  const bench = pairOfPorts();
  const quiet = { answer: () => undefined, note: () => undefined };
  const first: Line = new Channel(bench.ports[0], quiet);
  const second: Line = new Channel(bench.ports[1], { ...quiet, ...options });
  bench.connect(
    (message) => second.hear(message),
    (message) => first.hear(message),
  );
  return { first, ...bench };
}

const double = (of: number): Question & { readonly what: 'double' } => ({ what: 'double', of });

test('questions get their own answers, whatever order they come in', async () => {
  const { first } = open({
    answer: async ({ of }) => {
      for (let turn = 0; turn < 3 - of; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      return of * 2;
    },
  });
  expect(await Promise.all([0, 1, 2].map((of) => first.ask(double(of), 5_000)))).toEqual([0, 2, 4]);
});

test('a long answer comes in parts, in their order and before the answer', async () => {
  const parts: string[] = [];
  const { first } = open({
    answer: async ({ of }, part) => {
      for (let index = 0; index < of; index += 1) await part(`piece ${index}`);
      return true;
    },
  });
  expect(await first.ask({ what: 'parts', of: 3 }, 5_000, (text) => parts.push(text))).toBe(true);
  expect(parts).toEqual(['piece 0', 'piece 1', 'piece 2']);
});

test('what is not answered in time, cannot be answered, or is asked of a process that is gone has no answer', async () => {
  const hung = open({ answer: () => new Promise(() => undefined) });
  expect(await hung.first.ask(double(1), 10)).toBeUndefined();
  const failing = open({ answer: () => Promise.reject(new Error('no')) });
  expect(await failing.first.ask(double(1), 5_000)).toBeUndefined();
  const asked = hung.first.ask(double(1), 60_000);
  hung.first.close();
  expect(await asked).toBeUndefined();
  hung.cut();
  const sent = hung.sent();
  expect(await hung.first.ask(double(1), 60_000)).toBeUndefined();
  expect(hung.sent()).toBe(sent);
});

test('an answer that comes too late is dropped', async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const { first } = open({ answer: ({ of }) => (of === 1 ? promise : of * 2) });
  expect(await first.ask(double(1), 10)).toBeUndefined();
  resolve(99);
  expect(await first.ask(double(4), 5_000)).toBe(8);
});

test('of what the other process does not read only so much is held', async () => {
  let sent = 0;
  const deaf: Line = new Channel(
    { connected: true, send: () => void (sent += 1) },
    { answer: () => undefined, note: () => undefined },
  );
  for (let index = 0; index < 20_000; index += 1) deaf.offer('a note');
  expect(sent).toBe(10_000);
  expect(await deaf.ask(double(1), 60_000)).toBeUndefined();
  expect(sent).toBe(10_000);
});
