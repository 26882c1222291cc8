import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { MODEL, type Bed } from '../system/bed.ts';
import { useChromium } from './bed.ts';
import { governance, governedOptions } from './governed.ts';
import { expectGoodLooks } from './looks.ts';

const { openDashboard } = useChromium();

async function keyOf(url: string, name: string): Promise<string> {
  const answer = await governance<{ virtual_key: { value: string } }>(url, 'POST', '/virtual-keys', { name });
  return answer.virtual_key.value;
}

async function ask(bed: Bed, apiKey: string, content: string): Promise<void> {
  const messages = [{ role: 'user' as const, content }];
  await bed.client({ apiKey }).chat.completions.create({ model: MODEL, messages });
}

/** Rows of the table, cell by cell. */
async function rowsOf(page: Page): Promise<string[][]> {
  const rows = await page.locator('tbody tr').all();
  return Promise.all(rows.map((row) => row.locator('td').allInnerTexts()));
}

/** Waits until the ledger has so many requests: rows are written a moment after the answer. */
async function ledgerHas(url: string, requests: number): Promise<void> {
  const count = async (): Promise<number> =>
    (await governance<{ totals: { requests: number } }>(url, 'GET', '/usage')).totals.requests;
  await expect.poll(count).toBe(requests);
}

test('money by model and by key, what the cache spared beside it, and the same as a file', async () => {
  await using dashboard = await openDashboard({ ...governedOptions(), at: 'live' });
  const { page, url, bed, go } = dashboard;
  const [small, large] = [await keyOf(url, 'small'), await keyOf(url, 'large')];
  await ask(bed, small, 'one');
  await ask(bed, large, 'one');
  await ask(bed, large, 'two');
  await ask(bed, large, 'two');
  await ledgerHas(url, 4);
  await go('usage');
  const tile = (name: string) => page.locator('.tile', { hasText: new RegExp(`^${name}`) }).innerText();
  await page.locator('.tile').first().waitFor();
  expect(await tile('Spent')).toContain('$0.06');
  expect(await tile('Spared by the cache')).toContain('$0.02');
  expect(await tile('Requests')).toContain('4');
  expect((await rowsOf(page))[0]?.slice(0, 2)).toEqual([MODEL, '$0.0600']);

  await page.locator('select[name=By]').selectOption('key');
  await page.getByRole('region', { name: 'Usage by key' }).waitFor();
  const names = async (): Promise<unknown[]> => (await rowsOf(page)).map(([name, spent]) => [name, spent]);
  const [dear, cheap] = [
    ['large', '$0.0400'],
    ['small', '$0.0200'],
  ];
  expect(await names()).toEqual([dear, cheap]);
  const head = page.getByRole('button', { name: 'Spent' });
  await head.click();
  await head.click();
  expect(await names()).toEqual([cheap, dear]);
  await expectGoodLooks(page);

  await page.getByLabel('and by').selectOption('model');
  await page.getByRole('region', { name: 'Usage by key and model' }).waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'CSV' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('usage.csv');
  const lines = readFileSync(await download.path(), 'utf8').split('\r\n');
  expect(lines[0]).toMatch(/^virtual_key_id,virtual_key_name,model,requests,/);
  expect(lines.filter((line) => line.includes(`large,${MODEL},3,1,0,`))).toHaveLength(1);
});

test('a period without requests is empty, and every day of a period has its place', async () => {
  await using dashboard = await openDashboard({ ...governedOptions(), at: 'live' });
  const { page, url, bed, go } = dashboard;
  await ask(bed, await keyOf(url, 'one'), 'hello');
  await ledgerHas(url, 1);
  await go('usage');
  const spent = page.locator('.tile', { hasText: 'Spent' }).locator('strong');
  await expect.poll(() => spent.innerText()).toBe('$0.0200');
  const plot = page.getByRole('img', { name: /^Money by day: spent \$0\.0200/ });
  await plot.waitFor();
  await page.getByLabel('Period').selectOption('');
  await page.getByRole('textbox', { name: 'To' }).fill('2020-01-31');
  await page.getByRole('textbox', { name: 'From' }).fill('2020-01-01');
  await expect.poll(() => spent.innerText()).toBe('$0');
  await page.getByText('Nothing yet.').waitFor();
  await expectGoodLooks(page);
  await page.getByLabel('Period').selectOption('1');
  await expect.poll(() => spent.innerText()).toBe('$0.0200');
});

test('requests without a price are named', async () => {
  await using dashboard = await openDashboard({
    ...governedOptions({ prices: {} }),
    at: 'live',
    model: {},
    endpoints: [{ model: 'none-such' }],
  });
  const { page, url, bed, go } = dashboard;
  await ask(bed, await keyOf(url, 'one'), 'hello');
  await ledgerHas(url, 1);
  await go('usage');
  await page.getByText('1 requests of models without a price').waitFor();
  expect(await page.locator('.tile', { hasText: 'Spent' }).locator('strong').innerText()).toBe('$0');
});
