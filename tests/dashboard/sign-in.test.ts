import { expect, onTestFinished, test } from 'vitest';
import { App, parseConfig } from '../../proxy/index.ts';
import { MODEL } from '../system/bed.ts';
import { useChromium } from './bed.ts';
import { expectGoodLooks, tabTo } from './looks.ts';

const { openDashboard } = useChromium();
const TOKEN = 'sk-admin-of-the-dashboard';
const auth = { admin: 'token', admin_token: TOKEN };
const REFUSED = /status of 401|status of 429/;

test('a wrong token is refused with a sentence, the right one opens, signing out closes', async () => {
  await using dashboard = await openDashboard({ config: { auth }, expected: [REFUSED] });
  const { page, url } = dashboard;
  await page.getByLabel('Admin token').fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect.poll(() => page.getByRole('alert').innerText()).toBe('The admin token is wrong.');
  await expectGoodLooks(page);
  await page.getByLabel('Admin token').fill(TOKEN);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Live' }).waitFor();
  const [cookie] = await page.context().cookies(url);
  expect(cookie).toMatchObject({ name: 'llmproxy_session', httpOnly: true, sameSite: 'Strict', path: '/' });
  expect(cookie!.value).not.toContain(TOKEN);
  expect(await page.evaluate('document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage })')).toBe('{}');
  await page.reload();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Admin token').waitFor();
  expect(await page.context().cookies(url)).toEqual([]);
  await page.reload();
  await page.getByLabel('Admin token').waitFor();
});

test('after five wrong tokens the page says how long to wait', async () => {
  await using dashboard = await openDashboard({ config: { auth }, expected: [REFUSED] });
  const { page } = dashboard;
  for (let turn = 0; turn < 6; turn += 1) {
    await page.getByLabel('Admin token').fill(`wrong ${turn}`);
    await Promise.all([page.waitForResponse(/session/), page.keyboard.press('Enter')]);
  }
  await expect.poll(() => page.getByRole('alert').innerText()).toMatch(/^Too many wrong tokens. Try again in \d+ s\.$/);
});

test('a session reads with its cookie, and writes with its token alone', async () => {
  await using dashboard = await openDashboard({ config: { auth }, token: TOKEN, expected: [REFUSED] });
  const { page } = dashboard;
  const status = (call: string) => page.evaluate<number>(`fetch(${call}).then(({ status }) => status)`);
  expect(await status("'/stats'")).toBe(200);
  expect(await status("'/cache', { method: 'DELETE' }")).toBe(401);
  const csrf = "(await (await fetch('/api/admin/session')).json()).csrf";
  expect(
    await page.evaluate(
      `(async () => (await fetch('/cache', { method: 'DELETE', headers: { 'x-csrf-token': ${csrf} } })).status)()`,
    ),
  ).toBe(200);
});

test('another admin token leads an open page back to the sign-in', async () => {
  const text = { now: '' };
  const use = (token: string): void => {
    const endpoints = [{ provider: 'openai', base_url: 'http://127.0.0.1:9/v1', api_key: 'sk-x' }];
    const config = { server: { port: 0 }, auth: { ...auth, admin_token: token }, models: { [MODEL]: { endpoints } } };
    text.now = JSON.stringify(config);
  };
  use(TOKEN);
  const load = () => parseConfig(text.now, 'test.yaml', { environment: {} });
  const app = await App.start({ load, logSink: { write: () => undefined, flush: () => undefined } });
  onTestFinished(() => app.close());
  await using dashboard = await openDashboard({ url: app.url, token: TOKEN, expected: [REFUSED] });
  const { page } = dashboard;
  await expect.poll(() => page.locator('.badge').innerText()).toBe('live');
  use('sk-another');
  expect(await app.reload()).toBe(true);
  await page.getByLabel('Admin token').waitFor();
  await page.getByLabel('Admin token').fill('sk-another');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.locator('.badge').innerText()).toBe('live');
});

test('by keyboard alone: past the menu, along the menu, to what a page has', async () => {
  await using dashboard = await openDashboard();
  const { page } = dashboard;
  await page.locator('.plot').first().waitFor();
  await tabTo(page, 'To the content', 1);
  await page.keyboard.press('Enter');
  expect(await page.evaluate('document.activeElement.id')).toBe('main');
  expect(await page.evaluate('location.hash')).not.toBe('#main');
  await tabTo(page, 'Span', 3);
  await page.keyboard.press('End');
  expect(await page.getByLabel('Span').inputValue()).toBe('3600');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.title()).toMatch(/ · llmproxy$/);
});

test('the policy keeps scripts out that are not its own', async () => {
  await using dashboard = await openDashboard({ expected: [/Content Security Policy/] });
  const { page } = dashboard;
  await page.getByRole('navigation').waitFor();
  await page.evaluate(`(() => {
    const inline = document.createElement('script');
    inline.textContent = 'window.wasRun = true';
    const styled = document.createElement('p');
    styled.setAttribute('style', 'position: fixed');
    styled.setAttribute('onclick', 'window.wasRun = true');
    document.body.append(inline, styled);
    styled.click();
  })()`);
  expect(await page.evaluate('[window.wasRun ?? null, getComputedStyle(document.body.lastChild).position]')).toEqual([
    null,
    'static',
  ]);
});
