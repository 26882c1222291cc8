import { expect, test } from 'vitest';
import { MODEL } from '../system/bed.ts';
import { useChromium } from './bed.ts';
import { expectGoodLooks } from './looks.ts';

const { openDashboard } = useChromium();
const TOKEN = 'an-admin-token-of-this-test';

test('one prompt goes to two endpoints at the same time, past the cache, and shows what came', async () => {
  await using dashboard = await openDashboard({
    mocks: 2,
    at: 'playground',
    token: TOKEN,
    config: { auth: { admin_token: TOKEN } },
  });
  const { page, bed } = dashboard;
  await bed.mocks[0]?.answer({ answer: 'From the first.' });
  await bed.mocks[1]?.answer({ answer: 'From the second.' });
  await page.getByRole('button', { name: 'Compare two' }).click();
  for (const [pane, name] of [
    ['A', 'a'],
    ['B', 'b'],
  ]) {
    await page.locator(`select[name=endpoint-${pane}]`).selectOption(`${MODEL}/${name}`);
  }
  for (const api of ['chat', 'responses']) {
    await page.locator('select[name=api]').selectOption(api);
    await page.getByRole('button', { name: 'Send' }).click();
    const pane = (name: string) => page.locator('section', { hasText: `Answer ${name}` });
    await expect.poll(() => pane('A').innerText()).toMatch(/done 200 (?:stop|completed)/);
    await expect.poll(() => pane('B').innerText()).toMatch(/done 200 (?:stop|completed)/);
    expect(await pane('A').innerText()).toMatch(/From the first\.[^]*tokens[^]*bypass[^]*x-llmproxy-endpoint\s+\S+\/a/);
    expect(await pane('B').innerText()).toMatch(/From the second\.[^]*x-llmproxy-endpoint\s+\S+\/b/);
  }
  expect(await bed.requests()).toHaveLength(4);
  await expectGoodLooks(page);
  await page.locator('summary', { hasText: 'curl' }).first().click();
  expect(await page.locator('details[open] pre').innerText()).not.toContain(TOKEN);
});

test('stopping closes the connection: the mock sees its client leave', async () => {
  await using dashboard = await openDashboard({ at: 'playground' });
  const { page, bed } = dashboard;
  await bed.mock.fault({ fault: 'stall-mid;after=3' });
  await page.getByRole('button', { name: 'Send' }).click();
  await expect.poll(() => page.locator('.said').innerText()).not.toBe('');
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect.poll(() => page.locator('.badge').innerText()).toBe('stopped');
  await expect.poll(async () => (await bed.requests())[0]?.aborted).toBe(true);
});

test('a body that is written by hand goes out as it is; an error is shown', async () => {
  await using dashboard = await openDashboard({ at: 'playground', expected: [/status of 404/] });
  const { page, bed } = dashboard;
  await page.locator('summary', { hasText: 'Body as JSON' }).click();
  const body = page.locator('textarea[name=body]');
  await body.fill('{"messages": [{"role": "user", "content": "by hand"}], "cache": {"namespace": "mine"}}');
  await page.getByRole('button', { name: 'Send' }).click();
  await expect.poll(() => page.locator('.badge').innerText()).toBe('done');
  const [entry] = await bed.requests();
  expect(entry?.body).toEqual({ model: MODEL, messages: [{ role: 'user', content: 'by hand' }] });
  await body.fill('{"model": "no-such-model", "messages": []}');
  await page.getByRole('button', { name: 'Send' }).click();
  await expect.poll(() => page.getByRole('alert').innerText()).toContain('no-such-model');
});
