import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agree, type BothFronts, openBothFronts } from './both-fronts.ts';
import { chunked, CHUNKS, EDGE_INPUTS, plainRequest } from './edge-inputs.ts';
import { Chance, fuzzInput } from './front-fuzz.ts';

const FUZZED = 1_500;
const SEED = 20_261_128;

let both: BothFronts;
beforeAll(async () => void (both = await openBothFronts()));
afterAll(() => both[Symbol.asyncDispose]());

function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function assertAlike(answers: readonly [string, string], strict: boolean): void {
  if (strict) expect(answers[1]).toBe(answers[0]);
  else expect(agree(answers), JSON.stringify(answers)).toBe(true);
}

describe.each(EDGE_INPUTS)('$what', ({ text, taken, strict }) => {
  test('gets the same bytes from both fronts', async () => {
    const before = both.fast.taken;
    assertAlike(await both.ask([bytes(text)]), strict);
    expect(both.fast.taken - before).toBe(taken);
  });

  test('gets them as the second request of a connection as well', async () => {
    const first = bytes(plainRequest('x-first: 1\r\n'));
    const before = both.fast.taken;
    const answers = await both.ask([first, bytes(text)]);
    assertAlike(answers, strict);
    expect(answers[1]).toContain('x-first');
    expect(both.fast.taken - before).toBe(1 + taken);
  });
});

const SPLIT = {
  'a sized body': plainRequest('x-a: b\r\n'),
  'a chunked body': chunked(CHUNKS),
  'a folded line': plainRequest('x-a: b\r\n c\r\n'),
  'length and chunks': chunked(CHUNKS, 'content-length: 7\r\n'),
  trailers: chunked(CHUNKS.replace('0\r\n\r\n', '0\r\nx: y\r\n\r\n')),
};

test.each(Object.entries(SPLIT))('%s is the same wherever the network cuts it', async (_what, text) => {
  const whole = bytes(text);
  const [expected] = await both.ask([whole]);
  for (let at = 1; at < whole.length; at += 1) {
    const answers = await both.ask([whole.subarray(0, at), whole.subarray(at)]);
    expect([at, ...answers]).toEqual([at, expected, expected]);
  }
  expect(await both.ask(Array.from(whole, (byte) => Buffer.of(byte)))).toEqual([expected, expected]);
});

test('a plain request in two pieces is still answered without node:http', async () => {
  const whole = bytes(plainRequest());
  const before = both.fast.taken;
  for (const at of [1, 20, 60, whole.length - 3]) await both.ask([whole.subarray(0, at), whole.subarray(at)]);
  expect(both.fast.taken - before).toBe(4);
});

test(`${FUZZED} seeded inputs come to the same end on both fronts`, async () => {
  const before = both.fast.taken;
  for (let number = 0; number < FUZZED; number += 1) {
    const pieces = fuzzInput(new Chance(SEED + number));
    const answers = await both.ask(pieces);
    expect(agree(answers), JSON.stringify({ number, pieces: pieces.map(String), answers })).toBe(true);
  }
  // Enough of them are plain for the comparison to mean something.
  expect(both.fast.taken - before).toBeGreaterThan(FUZZED / 20);
});
