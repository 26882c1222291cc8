import { expect, test } from 'vitest';
import { MODEL } from '../system/bed.ts';
import { useChromium } from './bed.ts';
import { expectGoodLooks } from './looks.ts';

const { openDashboard } = useChromium();
const SECRET = 'sk-endpoint-a';

test('what is in force is found by words, with its source, and no secret of it is on the page', async () => {
  const config = { cache: { ttl: '2d' }, admin: { capture: false } };
  await using dashboard = await openDashboard({ at: 'configuration', config });
  const { page } = dashboard;
  const table = page.getByRole('region', { name: 'Settings in force' });
  await table.getByText('cache.ttl').waitFor();
  const rowOf = (path: string) => table.locator('tr', { has: page.getByText(path, { exact: true }) }).innerText();
  expect(await rowOf('cache.ttl')).toMatch(/2d\s+test\.yaml:1/);
  expect(await rowOf(`models.${MODEL}.endpoints[0].api_key`)).toContain('***');
  expect(await table.innerText()).not.toContain('log.format');
  await page.getByLabel('Show').selectOption('all');
  await page.getByLabel('Search').fill('log form');
  await expect.poll(() => table.innerText()).toContain('log.format');
  expect(await table.innerText()).not.toContain('cache.ttl');
  expect(await rowOf('log.format')).toContain('default');
  await page.getByLabel('Search').fill(SECRET);
  await page.getByText('No setting has these words.').waitFor();
  await page.getByLabel('Search').fill('');
  expect(await table.innerText()).not.toContain(SECRET);
  await expectGoodLooks(page);
});

test('a pasted text gets its faults with their places, then what it would change; nothing changes', async () => {
  await using dashboard = await openDashboard({ at: 'configuration', config: { cache: { ttl: '2d' } } });
  const { page, url } = dashboard;
  const text = page.getByLabel('A configuration file');
  const check = page.getByRole('button', { name: 'Check', exact: true });
  await text.fill('cache:\n  ttl: soon\nmodels: {}');
  await check.click();
  await page.getByText('The text cannot be used').waitFor();
  const faults = page.getByRole('region', { name: 'Faults' });
  expect(await faults.innerText()).toMatch(/2\s+8\s+cache\.ttl/);
  await expectGoodLooks(page);

  const models = `models: {${MODEL}: {endpoints: [{provider: mock, name: other}]}}`;
  await text.fill(`cache: {ttl: 3d, key_file: /none/such}\nlog: {level: debug}\n${models}`);
  await check.click();
  await page.getByText('The text can be used.').waitFor();
  const changes = page.getByRole('region', { name: 'What it would change' });
  expect(await changes.innerText()).toMatch(/cache\.ttl\s+changed\s+2d\s+3d\s+pasted text:1/);
  expect(await page.getByRole('region', { name: 'Warnings' }).innerText()).toMatch(/cache\.key_file\s+names a file/);
  await expectGoodLooks(page);
  const now = (await (await fetch(`${url}/api/admin/configuration`)).json()) as {
    settings: { path: string; value: unknown }[];
  };
  expect(now.settings.find(({ path }) => path === 'cache.ttl')?.value).toBe('2d');
});
