import { expect, inject, test } from 'vitest';
import { needsMock } from '../setup/needs.ts';
import { nonce, seenWith } from '../system/ask.ts';
import { MODEL } from '../system/bed.ts';

async function post(body: string): Promise<{ cache: string | null; status: number }> {
  const answer = await fetch(`${inject('proxyUrl')}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  await answer.arrayBuffer();
  return { cache: answer.headers.get('x-llmproxy-cache'), status: answer.status };
}

// The key was made of the last member of a name, while an endpoint may read the first: its answer would have been stored
// for a request that never asked for it.
test.each([
  [
    'in the outermost object',
    (word: string) => `"temperature":1,"temperature":0,"messages":[{"role":"user","content":"${word}"}]`,
  ],
  ['further in', (word: string) => `"messages":[{"role":"user","content":"other","content":"${word}"}]`],
])('a body that names a member twice %s neither takes from the cache nor gives to it', async (_where, members) => {
  const word = nonce();
  const twice = `{"model":"${MODEL}",${members(word)}}`;
  expect(await post(twice)).toEqual({ cache: 'bypass', status: 200 });
  expect(await post(twice)).toEqual({ cache: 'bypass', status: 200 });
  const once = JSON.stringify(JSON.parse(twice));
  expect((await post(once)).cache).toBe('miss');
});

test('a name in a string or an escaped one is no second member', async (context) => {
  needsMock(context);
  const word = nonce();
  const body = `{"model":"${MODEL}","messages":[{"role":"user","c\\u006fntent":"\\"content\\":\\"a\\",{} ${word}"}]}`;
  expect((await post(body)).cache).toBe('miss');
  expect((await post(body)).cache).toBe('hit');
  expect(await seenWith(word)).toHaveLength(1);
});
