import { expect, test } from 'vitest';
import { chat, nonce } from './ask.ts';
import { MODEL } from './bed.ts';
import { ask, governedBed, type Callers } from './governed-bed.ts';

const EACH = 16;

/** Who was served when both had as many requests that wait: the callers' names, in the order of the calls upstream. */
async function served(options: object, weights: object): Promise<string[]> {
  const { bed, callers } = await governedBed({
    ...options,
    config: { server: { ...serverOf(options), queue: { weights } } },
  });
  await using _ = bed;
  await bed.mock.fault({ fault: { kind: 'delay', ms: 40 } });
  const word = nonce();
  const send = async (name: keyof Callers, index: number): Promise<number> => {
    const body = chat(`${name} ${word} ${index}`);
    return (await ask(bed, callers[name], 'POST', '/v1/chat/completions', body)).status;
  };
  // One is under way: all others wait, and have come before the next turn.
  const first = send('machine', 0);
  await expect.poll(async () => (await bed.requests()).length).toBe(1);
  const all = Array.from({ length: EACH }, (_one, index) => [send('bob', index), send('ada', index)]).flat();
  expect(new Set(await Promise.all([first, ...all]))).toEqual(new Set([200]));
  const prompts = (await bed.requests()).map(({ body }) => JSON.stringify(body));
  return prompts.slice(1).map((text) => (text.includes('ada ') ? 'ada' : 'bob'));
}

const serverOf = (options: object): object => ('server' in options ? (options.server as object) : {});
const count = (names: readonly string[], name: string): number => names.filter((one) => one === name).length;

test.each<[string, object]>([
  ['the proxy', { server: { max_concurrency: 1 } }],
  ['an endpoint', { endpoints: [{ max_concurrency: 1 }] }],
])('a key of weight 3 gets three times the turns of another at the queue of %s', async (_what, options) => {
  const order = await served(options, { ada: 3 });
  // The first requests may meet an empty queue: what comes after them is looked at.
  const loaded = order.slice(2, 18);
  expect(count(loaded, 'ada')).toBeGreaterThanOrEqual(11);
  expect(count(loaded, 'bob')).toBeGreaterThanOrEqual(3);
});

test('keys without a weight have equal turns', async () => {
  const order = await served({ server: { max_concurrency: 1 } }, { [`another than ${MODEL}`]: 3 });
  const loaded = order.slice(2, 18);
  expect(Math.abs(count(loaded, 'ada') - count(loaded, 'bob'))).toBeLessThanOrEqual(2);
});
