import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { relayLines } from './line-relay.ts';

function relay() {
  const from = new PassThrough();
  const written: string[] = [];
  relayLines(from, { write: (text) => written.push(text), flush: () => undefined });
  return { from, written };
}

test('lines of two workers are never torn, however they come', async () => {
  const { from, written } = relay();
  from.write('one\ntw');
  from.write('o\nthree');
  await expect.poll(() => written).toEqual(['one\n', 'two\n']);
  from.write(' ends\n');
  await expect.poll(() => written.join('')).toBe('one\ntwo\nthree ends\n');
});

test('characters that are cut in two arrive whole, and what a process says last is not lost', async () => {
  const { from, written } = relay();
  const bytes = Buffer.from('größe\nlast words');
  from.write(bytes.subarray(0, 3));
  from.write(bytes.subarray(3));
  from.end();
  await expect.poll(() => written.join('')).toBe('größe\nlast words');
});
