import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { MODEL, type Bed } from '../system/bed.ts';
import { useChromium } from './bed.ts';
import { governance, governedOptions } from './governed.ts';
import { expectGoodLooks } from './looks.ts';

const { openDashboard } = useChromium();

interface Key {
  readonly id: string;
  readonly value: string;
  readonly is_active: boolean;
  readonly team_id: string | null;
  readonly allowed_models: readonly string[] | null;
  readonly budget: { readonly max_limit: number; readonly reset_duration: string } | null;
  readonly rate_limit: { readonly request_max_limit: number | null; readonly token_max_limit: number | null } | null;
}

async function keyNamed(url: string, name: string): Promise<Key> {
  const { virtual_keys: keys } = await governance<{ virtual_keys: Key[] }>(url, 'GET', `/virtual-keys?search=${name}`);
  return keys[0]!;
}

/** Status of a request with a key. */
async function statusWith(bed: Bed, key: string, content = 'hello'): Promise<number> {
  const messages = [{ role: 'user' as const, content }];
  const asked = bed.client({ apiKey: key }).chat.completions.create({ model: MODEL, messages });
  return asked.then(
    () => 200,
    (error: { status?: number }) => error.status ?? 0,
  );
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const create = async (page: Page, fields: Readonly<Record<string, string>>): Promise<void> => {
  for (const [label, text] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(text);
  await button(page, 'Create').click();
};

test('a customer, its team and the key of the team are made on the page; the value is shown once and works', async () => {
  await using dashboard = await openDashboard({ ...governedOptions(), at: 'keys' });
  const { page, url, bed } = dashboard;
  await page.getByLabel('Show').selectOption('customer');
  await button(page, 'New customer').click();
  await create(page, { Name: 'Acme', 'Budget in US dollars': '10' });
  await page.getByRole('heading', { name: 'Customer Acme' }).waitFor();
  await button(page, 'New team here').click();
  await create(page, { Name: 'Search' });
  await page.getByRole('heading', { name: 'Team Search' }).waitFor();
  await button(page, 'New key here').click();
  await create(page, {
    Name: 'search-prod',
    'Budget in US dollars': '0.04',
    Requests: '100',
    'Models, with commas (empty = all)': `${MODEL}, other*`,
  });
  const value = await page.getByLabel('Value of the key').innerText();
  const key = await keyNamed(url, 'search-prod');
  expect(value).toBe(key.value);
  expect(key.team_id).not.toBeNull();
  expect(key.allowed_models).toEqual([MODEL, 'other*']);
  expect(key.budget).toMatchObject({ max_limit: 4, reset_duration: '1M' });
  expect(key.rate_limit).toMatchObject({ request_max_limit: 100, token_max_limit: null });

  expect(await statusWith(bed, value, 'one')).toBe(200);
  expect(await statusWith(bed, value, 'two')).toBe(200);
  expect(await statusWith(bed, value, 'three')).toBe(402);
  const table = page.getByRole('region', { name: 'Keys' });
  await expect.poll(() => table.innerText()).toContain('$0.0400 of $0.0400');
  expect(await table.innerText()).toContain('2 of 100 requests');
  await button(page, 'I have it').click();
  expect(await page.content()).not.toContain(value);
  await page.reload();
  await table.getByText('search-prod').waitFor();
  expect(await page.content()).not.toContain(value);
  await expectGoodLooks(page);
});

test('a key is changed, rotated, blocked and deleted; what is not changed stays', async () => {
  await using dashboard = await openDashboard({ ...governedOptions(), at: 'live' });
  const { page, url, bed, go } = dashboard;
  const budget = { max_limit: 4, reset_duration: '1d' };
  const limits = { [MODEL]: { rate_limit: { request_max_limit: 9, request_reset_duration: '1h' } } };
  await governance(url, 'POST', '/virtual-keys', { name: 'ci', budget, model_limits: limits });
  const before = await keyNamed(url, 'ci');
  await go('keys');
  await button(page, 'ci').click();
  await page.getByText(`Requests for ${MODEL}`).waitFor();
  await button(page, 'Edit').click();
  await page.getByLabel('Budget in US dollars').fill('1.5');
  await page.getByLabel('Tokens', { exact: true }).fill('5000');
  await button(page, 'Save').click();
  await page.getByText('0 of 5,000 tokens').first().waitFor();
  const changed = await keyNamed(url, 'ci');
  expect(changed.budget).toMatchObject({ max_limit: 150, reset_duration: '1d' });
  expect(changed).toMatchObject({ model_limits: limits, allowed_models: null, value: before.value });
  await expectGoodLooks(page);

  await page.getByLabel('The value until now').selectOption('0');
  await button(page, 'Rotate').click();
  const value = await page.getByLabel('Value of the key').innerText();
  expect(value).not.toBe(before.value);
  expect(await statusWith(bed, before.value)).toBe(403);
  expect(await statusWith(bed, value)).toBe(200);

  await button(page, 'Block').click();
  expect((await keyNamed(url, 'ci')).is_active).toBe(true);
  await button(page, 'Refuse its requests from now on').click();
  await button(page, 'Unblock').waitFor();
  expect(await statusWith(bed, value)).toBe(403);
  await button(page, 'Unblock').click();
  await button(page, 'Block').waitFor();
  expect(await statusWith(bed, value)).toBe(200);

  await button(page, 'Edit').click();
  await page.getByLabel('Budget in US dollars').fill('');
  await button(page, 'Save').click();
  await button(page, 'Save').waitFor({ state: 'detached' });
  expect((await keyNamed(url, 'ci')).budget).toBeNull();

  await button(page, 'Delete').click();
  await button(page, 'No').click();
  expect(await keyNamed(url, 'ci')).toBeDefined();
  await button(page, 'Delete').click();
  await button(page, 'Delete it for good').click();
  await page.getByText('Nothing yet.').waitFor();
  expect(await keyNamed(url, 'ci')).toBeUndefined();
});

test('a search chooses, a refusal is shown, and what is typed outlives a fetch', async () => {
  const expected = [/status of 400/];
  await using dashboard = await openDashboard({ ...governedOptions(), at: 'live', expected });
  const { page, url, go } = dashboard;
  for (const name of ['apple', 'pear', 'pineapple']) await governance(url, 'POST', '/virtual-keys', { name });
  await go('keys');
  await page.getByText('3 of 3').waitFor();
  await page.getByLabel('Search').fill('apple');
  await page.getByText('2 of 2').waitFor();
  expect(await page.getByRole('region', { name: 'Keys' }).innerText()).not.toContain('pear');
  await button(page, 'New key').click();
  await page.getByLabel('Budget in US dollars').fill('1');
  const listed = (): Promise<unknown> => page.waitForResponse(/virtual-keys\?/);
  await listed();
  await create(page, { Name: 'apple' });
  await page.getByRole('alert').waitFor();
  expect(await page.getByRole('alert').innerText()).toMatch(/name/);
  expect(await page.getByLabel('Budget in US dollars').inputValue()).toBe('1');
});

test('without a database there is no page of keys', async () => {
  await using dashboard = await openDashboard({ at: 'keys' });
  const { page } = dashboard;
  await page.getByRole('navigation').waitFor();
  expect(await page.getByRole('navigation').innerText()).not.toContain('Keys');
});
