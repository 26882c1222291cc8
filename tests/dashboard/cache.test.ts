import { expect, test } from 'vitest';
import { chat, nonce } from '../system/ask.ts';
import { MODEL } from '../system/bed.ts';
import { useChromium } from './bed.ts';
import { expectGoodLooks } from './looks.ts';

const { openDashboard } = useChromium();

test('the cache shows its use, finds an entry by its request, and purges it after a question', async () => {
  await using dashboard = await openDashboard({ at: 'cache' });
  const { page, bed } = dashboard;
  const asked = chat(nonce());
  for (let turn = 0; turn < 4; turn += 1) await bed.client().chat.completions.create(asked);
  await bed.client().chat.completions.create(chat(nonce()));
  const row = page.locator('tbody tr', { hasText: MODEL }).first();
  await expect.poll(() => row.innerText(), { timeout: 10_000 }).toMatch(/60.0 %\s+3\s+0\s+0\s+2\s+0\s+2/);
  await page.getByLabel('Body of the request').fill(JSON.stringify(asked));
  await page.getByRole('button', { name: 'Find', exact: true }).press('Enter');
  await expect.poll(() => page.locator('main').innerText()).toContain('It is answered from the cache.');
  await expectGoodLooks(page);
  await page.getByRole('button', { name: 'Purge this entry' }).click();
  await page.getByRole('button', { name: 'Yes, purge it' }).click();
  await expect.poll(() => page.locator('main').innerText()).toContain('1 entry is purged.');
  await page.getByRole('button', { name: 'Find', exact: true }).click();
  await expect.poll(() => page.locator('main').innerText()).toContain('Nothing is stored for it.');
  await page.getByLabel('Headers that count').fill('{"cache-control": "no-store"}');
  await page.getByRole('button', { name: 'Find', exact: true }).click();
  await expect.poll(() => page.locator('main').innerText()).toContain('may not be stored');
  await page.getByRole('button', { name: `Purge ${MODEL}` }).click();
  await page.getByRole('button', { name: 'No', exact: true }).click();
  expect((await bed.stats()).cache['entries']).toBe(1);
  await page.getByRole('button', { name: 'Purge all' }).click();
  await page.getByRole('button', { name: 'Yes, purge everything' }).click();
  await expect.poll(async () => (await bed.stats()).cache['entries']).toBe(0);
  expect(await bed.requests()).toHaveLength(2);
});
