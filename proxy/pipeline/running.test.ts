import { expect, test } from 'vitest';
import type { RequestContext } from './context.ts';
import { RunningExchanges } from './running.ts';

function exchange(name: string, interrupted: string[]): RequestContext {
  const attachment = { resume: () => undefined, leave: () => undefined, interrupt: () => interrupted.push(name) };
  return { id: name, attachment } as unknown as RequestContext;
}

test.each([
  ['the first', 0, ['c', 'b']],
  ['one in the middle', 1, ['c', 'a']],
  ['the last', 2, ['b', 'a']],
])('%s that ends is not interrupted, and holds none of the others', (_which, index, rest) => {
  const interrupted: string[] = [];
  const running = new RunningExchanges();
  const all = ['a', 'b', 'c'].map((name) => exchange(name, interrupted));
  for (const one of all) running.add(one);
  const ended = all[index]!;
  running.remove(ended);
  running.interrupt();
  expect(interrupted).toEqual(rest);
  expect([ended.previousRunning, ended.nextRunning]).toEqual([undefined, undefined]);
});

test('one that is removed twice takes no other with it', () => {
  const interrupted: string[] = [];
  const running = new RunningExchanges();
  const [a, b] = [exchange('a', interrupted), exchange('b', interrupted)];
  running.add(a);
  running.add(b);
  running.remove(b);
  running.remove(b);
  running.interrupt();
  expect(interrupted).toEqual(['a']);
});

test('one that ends while it is interrupted does not end the round', () => {
  const interrupted: string[] = [];
  const running = new RunningExchanges();
  const [a, b] = [exchange('a', interrupted), exchange('b', interrupted)];
  running.add(a);
  running.add({ ...b, attachment: { ...b.attachment!, interrupt: () => running.remove(last) } });
  const last = exchange('c', interrupted);
  running.add(last);
  running.interrupt();
  expect(interrupted).toEqual(['c', 'a']);
});
