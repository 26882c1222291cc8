import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { type Bed, MODEL } from '../system/bed.ts';
import { useChromium } from './bed.ts';
import { expectGoodLooks } from './looks.ts';

const { openDashboard } = useChromium();
const AS_MOCK = [{ provider: 'mock', api_key: 'sk-of-an-endpoint' }];

async function statusOf({ url }: Bed, content: string): Promise<number> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content }] }),
  });
  await response.arrayBuffer();
  return response.status;
}

const section = (page: Page, title: string) =>
  page.locator('section', { has: page.getByRole('heading', { name: title }) });
const pressed = (page: Page, name: string) => page.getByRole('button', { name }).getAttribute('aria-pressed');

test('a fault is on with one click and off with the next; the journal follows', async () => {
  await using dashboard = await openDashboard({
    at: 'mock',
    endpoints: AS_MOCK,
    model: { routing: { attempts: 1, allowed_fails: 1_000 } },
  });
  const { page, bed } = dashboard;
  await page.getByRole('button', { name: '500' }).click();
  await expect.poll(() => pressed(page, '500')).toBe('true');
  expect(await statusOf(bed, 'while it is on')).toBe(500);
  const first = section(page, 'Journal').locator('tbody tr').first();
  await expect.poll(() => first.innerText()).toMatch(/500\s+server-error/);
  await page.getByRole('button', { name: '500' }).click();
  await expect.poll(() => pressed(page, '500')).toBe('false');
  expect(await statusOf(bed, 'while it is off')).toBe(200);
  await expect.poll(() => first.innerText()).toMatch(/\s200\s/);
  await first.getByRole('button').click();
  await expect.poll(() => section(page, 'Journal').locator('pre').innerText()).toContain('while it is off');
  expect(await page.content()).not.toContain('sk-of-an-endpoint');
  await expectGoodLooks(page);
});

test('answers are scripted and taken away; limits are put in place; what the mock refuses is shown', async () => {
  await using dashboard = await openDashboard({ at: 'mock', endpoints: AS_MOCK, expected: [/status of 400/] });
  const { page, bed } = dashboard;
  const add = async (kind: string, json: string): Promise<void> => {
    await page.locator('select[name=kind]').selectOption({ label: kind });
    await page.locator('textarea[name=json]').fill(json);
    await page.getByRole('button', { name: 'Add', exact: true }).click();
  };
  await add('answer', '{"answer": "scripted on the page"}');
  const rules = section(page, 'Rules');
  await expect.poll(() => rules.locator('tbody').innerText()).toContain('scripted on the page');
  const { choices } = await bed
    .client()
    .chat.completions.create({ model: MODEL, messages: [{ role: 'user', content: 'x' }] });
  expect(choices[0]?.message.content).toBe('scripted on the page');
  await rules.getByRole('button', { name: 'Remove' }).click();
  await expect.poll(() => rules.locator('tbody').innerText()).toContain('by itself');
  await add('limits', '{"rpm": 3}');
  await expect.poll(() => section(page, 'Limits').locator('pre').innerText()).toContain('"rpm":3');
  await add('fault', '{"fault": "no-such-fault"}');
  await expect.poll(() => page.getByRole('alert').innerText()).toContain('no-such-fault');
});

test('a virtual clock is moved', async () => {
  await using dashboard = await openDashboard({ at: 'mock', endpoints: AS_MOCK, mock: { clock: 'virtual' } });
  const { page, bed } = dashboard;
  const before = await bed.mock.clock.now();
  await page.getByRole('button', { name: '+ 1 h' }).click();
  await expect.poll(() => bed.mock.clock.now()).toBe(before + 3_600_000);
});
