import { expect, test } from 'vitest';
import { chat, nonce } from './ask.ts';
import { type Bed, startBed } from './bed.ts';

const TIERS = {
  mocks: 4,
  endpoints: [{ priority: 2 }, { weight: 2 }, { weight: 1 }, { priority: 3 }],
  model: { routing: { attempts: 4, allowed_fails: 1, cooldown: '10m', retry_budget: '100%' } },
} as const;

async function askTimes(bed: Bed, times: number): Promise<void> {
  for (let turn = 0; turn < times; turn += 1) await bed.client().chat.completions.create(chat(nonce()));
}

test('requests are shared within the first tier, and go on to the next one when it is out', async () => {
  await using bed = await startBed(TIERS);
  await askTimes(bed, 6);
  expect(await bed.sequence()).toBe('bcbbcb');
  await Promise.all([1, 2].map((index) => bed.mocks[index]!.fault({ fault: { kind: 'status', status: 500 } })));
  const { response } = await bed.client().chat.completions.create(chat(nonce())).withResponse();
  expect(response.headers.get('x-llmproxy-endpoint')).toBe('gpt-4o-mini/a');
  expect((await bed.sequence()).slice(6)).toBe('bca');
  await askTimes(bed, 3);
  expect((await bed.sequence()).slice(9)).toBe('aaa');
});

test('statistics name the tier of each endpoint', async () => {
  await using bed = await startBed(TIERS);
  expect((await bed.stats()).endpoints.map(({ priority }) => priority)).toEqual([2, 1, 1, 3]);
});
