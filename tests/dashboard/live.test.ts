import { expect, test } from 'vitest';
import { MODEL } from '../system/bed.ts';
import { useChromium } from './bed.ts';
import { expectGoodLooks } from './looks.ts';

const { openDashboard } = useChromium();

test('live figures follow the requests', async () => {
  await using dashboard = await openDashboard({ mocks: 2 });
  const { page, bed } = dashboard;
  await expect.poll(() => page.locator('.badge').innerText()).toBe('live');
  const client = bed.client();
  const ask = (content: string) =>
    client.chat.completions.create({ model: MODEL, messages: [{ role: 'user', content }] });
  await ask('first');
  await ask('second');
  await ask('second');
  const tile = (name: string) => page.locator('.tile', { hasText: name });
  await expect.poll(() => tile('Requests / s').locator('small').innerText()).toMatch(/^3 in \d+ s$/);
  await expect.poll(() => tile('Cache hits').innerText()).toContain('1 of 3');
  await expect.poll(() => tile('Errors').locator('strong').innerText()).toBe('0');
  await expectGoodLooks(page);
});
