import { expect, test } from 'vitest';
import { useChromium } from './bed.ts';
import { expectAccessible, expectNoSidewaysScroll } from './looks.ts';

const { openDashboard } = useChromium();

test('what goes wrong in the browser fails the test that opened it', async () => {
  const { page, url, close } = await openDashboard();
  await page.getByRole('navigation').waitFor();
  await page.evaluate("console.error('something is wrong')");
  await page.evaluate("setTimeout(() => { throw new Error('thrown later') })");
  await page.evaluate("fetch('/api/admin/none')");
  const [closing] = await Promise.allSettled([page.waitForTimeout(100).then(close)]);
  const words = closing.status === 'rejected' ? String(closing.reason) : '';
  expect(words).toContain('console: something is wrong');
  expect(words).toContain('thrown later');
  expect(words).toContain('404');
  await expect(fetch(url)).rejects.toThrow();
});

test('a request to another origin fails the test, though the policy of the page would stop it', async () => {
  const { page, close } = await openDashboard();
  await page.getByRole('navigation').waitFor();
  await page.evaluate("fetch('http://localhost:9/').catch(() => undefined)");
  await expect(close()).rejects.toThrow(/localhost:9/);
});

test('what axe-core finds serious fails, and so does a page wider than its screen', async () => {
  await using dashboard = await openDashboard();
  const { page } = dashboard;
  await page.locator('.plot').first().waitFor();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await page.evaluate("document.querySelector('main').append(document.createElement('img'))");
  await expect(expectAccessible(page)).rejects.toThrow(/image-alt/);
  await page.evaluate("document.querySelector('h1').textContent = 'x'.repeat(2000)");
  await expect(expectNoSidewaysScroll(page)).rejects.toThrow(/width of the page/);
});
