import { expect, test } from 'vitest';
import { chat, nonce } from '../system/ask.ts';
import { MODEL, type Bed } from '../system/bed.ts';
import { useChromium } from './bed.ts';
import { expectGoodLooks } from './looks.ts';

const { openDashboard } = useChromium();

async function send(bed: Bed, count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await bed.client().chat.completions.create(chat(nonce()));
}

test('models show the shares that their endpoints are to get and got, what is out, and why', async () => {
  await using dashboard = await openDashboard({ mocks: 2, endpoints: [{ weight: 3 }], at: 'models' });
  const { page, bed } = dashboard;
  await send(bed, 4);
  const row = (name: string) => page.locator('tbody tr', { has: page.getByRole('button', { name, exact: true }) });
  await expect.poll(() => row('a').innerText()).toMatch(/admitting\s+75.0 % · weight 3\s+75.0 %/);
  await bed.mocks[1]?.fault({ fault: { kind: 'status', status: 401 } });
  await send(bed, 4);
  await expect.poll(() => row('b').innerText()).toMatch(/ejected until .*unauthorized/s);
  await row('b').getByRole('button').click();
  await expect.poll(() => page.locator('dl').innerText()).toMatch(/Out until .*, after unauthorized/);
  await expect.poll(() => page.locator('.tile', { hasText: 'Endpoints out' }).innerText()).toContain('0 by hand');
  await page.getByLabel('Search').fill('nothing has this');
  await expect.poll(() => page.locator('main').innerText()).toContain('No model has that.');
  await page.getByLabel('Search').fill(MODEL);
  await expectGoodLooks(page);
});

test('an endpoint is taken out and back with the keyboard alone', async () => {
  await using dashboard = await openDashboard({ mocks: 2, at: 'models' });
  const { page, bed } = dashboard;
  const press = async (name: string): Promise<void> => {
    await page.getByRole('button', { name, exact: true }).focus();
    await page.keyboard.press('Enter');
  };
  await press('b');
  await page.getByLabel('For').selectOption('1 h');
  await press('Eject b');
  await press('No');
  expect((await bed.stats()).endpoints[1]?.state).toBe('admitting');
  await press('Eject b');
  await press('Yes, eject it');
  await expect.poll(() => page.locator('dl').innerText()).toContain('by administrator');
  await send(bed, 3);
  expect(await bed.sequence()).toBe('aaa');
  await press('a');
  await press('Eject a');
  await press('It is the last that admits: eject it all the same');
  await expect.poll(() => page.locator('main').innerText()).toContain('no endpoint admits');
  await press('Admit a');
  await press('b');
  await press('Admit b');
  await expect.poll(() => page.locator('.tile', { hasText: 'Endpoints out' }).innerText()).toContain('0 by hand');
  await send(bed, 4);
  expect(await bed.sequence()).toContain('b');
});
