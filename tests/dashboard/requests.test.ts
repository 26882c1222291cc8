import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { MODEL, type Bed } from '../system/bed.ts';
import { useChromium } from './bed.ts';
import { expectGoodLooks, tabTo } from './looks.ts';

const { openDashboard } = useChromium();

const rows = (page: Page) => page.getByRole('region', { name: 'Requests' }).locator('tbody tr');
const ask = (bed: Bed, content: string, more: object = {}) =>
  bed.client().chat.completions.create({ model: MODEL, messages: [{ role: 'user', content }], ...more });

/** Waits until the page hears what ends: from then on stages are marked. */
async function listening(page: Page): Promise<void> {
  await expect.poll(() => page.locator('.badge').first().innerText()).toBe('live');
}

test('requests are listed as they end, filtered, held and let go on', async () => {
  await using dashboard = await openDashboard({ at: 'requests' });
  const { page, bed } = dashboard;
  await listening(page);
  expect(await page.getByText('Bodies are not kept').isVisible()).toBe(true);
  await ask(bed, 'one');
  await ask(bed, 'one');
  await expect.poll(() => rows(page).count()).toBe(2);
  expect(await rows(page).first().innerText()).toMatch(/200\s+gpt-4o-mini\s+gpt-4o-mini\/a\s+hit/);
  await page.getByRole('button', { name: 'Pause' }).click();
  await ask(bed, 'two');
  await page.getByRole('button', { name: 'Go on (1 new)' }).click();
  await expect.poll(() => rows(page).count()).toBe(3);
  await page.locator('select[name=Cache]').selectOption('hit');
  await expect.poll(() => rows(page).allInnerTexts()).toEqual([expect.stringContaining('hit')]);
  await page.getByLabel('Model').fill('none of them');
  await expect.poll(() => rows(page).allInnerTexts()).toEqual(['No request that fits has ended yet.']);
  await expectGoodLooks(page);
});

test('one request shows where its time went, and what its key differs in from that of another', async () => {
  await using dashboard = await openDashboard({
    at: 'requests',
    mocks: 2,
    endpoints: [{}, { base_url: 'http://127.0.0.1:9/v1' }],
    model: { strategy: 'round-robin' },
  });
  const { page, bed } = dashboard;
  await listening(page);
  await ask(bed, 'the same', { temperature: 0.2 });
  const { _request_id: id } = await ask(bed, 'the same', { temperature: 0.7 });
  await expect.poll(() => rows(page).count()).toBe(2);
  await rows(page).first().click();
  expect(page.url()).toContain(`#/requests/${id}`);
  const detail = page.locator('.panel').first();
  await expect.poll(() => detail.getByRole('img').count()).toBeGreaterThan(10);
  const steps = await detail.getByRole('region', { name: 'Where the time went' }).innerText();
  expect(steps).toMatch(/identify.*lookup.*cache: none.*attempt 1/s);
  expect(await detail.innerText()).toContain('They are not kept');
  await rows(page).nth(1).getByRole('link', { name: 'compare' }).click();
  await expect.poll(() => detail.innerText()).toContain('They differ in body, body.temperature.');
  await expectGoodLooks(page);
});

test('by keyboard a pasted id opens its request, with bodies where they are captured, and Escape closes it', async () => {
  await using dashboard = await openDashboard({ at: 'requests', config: { admin: { capture: true } } });
  const { page, bed } = dashboard;
  await listening(page);
  const { _request_id: id } = await ask(bed, 'the secret sk-proj-abcdefgh1234');
  await tabTo(page, 'Request id, or two to compare');
  await page.keyboard.type(`x-request-id: ${id}`);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: `Request ${id}` }).waitFor();
  await expect.poll(() => page.locator('pre').allInnerTexts()).toHaveLength(3);
  const [request, answer, curl] = await page.locator('pre').allInnerTexts();
  expect(request).toContain('the secret sk-***');
  expect(JSON.parse(answer ?? '')).toMatchObject({ object: 'chat.completion' });
  expect(curl).toContain(`curl --globoff -X POST '${dashboard.url}/v1/chat/completions'`);
  expect(curl).toContain('$LLMPROXY_KEY');
  await page.keyboard.press('Escape');
  await expect.poll(() => page.getByRole('heading', { name: `Request ${id}` }).count()).toBe(0);
  await page.goto(`${dashboard.url}/admin#/requests/${id}`);
  await page.getByRole('heading', { name: `Request ${id}` }).waitFor();
  await expectGoodLooks(page);
});

test('an id that is not there any more is said to be so', async () => {
  await using dashboard = await openDashboard({ at: 'requests/req_gone', expected: [/404/] });
  await dashboard.page.getByText('No exchange of that id is among the last ones.').waitFor();
});
