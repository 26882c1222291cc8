// Pictures of every page of the dashboard with live data, for docs/dashboard.md: `npm run docs:screenshots`. Needs Chromium.
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { chromiumPath, launchChromium, NO_CHROMIUM } from '../tests/setup/chromium.ts';
import { startScene, TOKEN } from './screenshots/scene.ts';

const FOLDER = fileURLToPath(new URL('../docs/images/', import.meta.url));
const WIDE = { width: 1200, height: 800 };
const NARROW = { width: 360, height: 740 };
const MOST_BYTES = 150 * 1_024;
/** Until a page has fetched what it shows. */
const SETTLED_MS = 2_500;

/** What is opened on a page before its picture, by the id of the page. */
const OPENED: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  requests: (page) => page.locator('tr', { hasText: 'miss' }).nth(1).locator('button.link').click(),
  models: (page) => page.locator('main button.link').first().click(),
  keys: (page) => page.locator('main button.link').first().click(),
  // All of it would be a picture of many bytes.
  configuration: (page) => page.getByLabel('Search').fill('gpt-4o'),
  playground: (page) => page.getByRole('button', { name: 'Send' }).click(),
};

const path = chromiumPath();
if (path === undefined) throw new Error(`the pictures need a browser: this ${NO_CHROMIUM}`);
await mkdir(FOLDER, { recursive: true });
const scene = await startScene();
const browser = await launchChromium(path);
try {
  const page = await signedIn();
  await scene.played;
  const hrefs = await page
    .locator('nav a')
    .evaluateAll((links) => links.map((link) => String(link.getAttribute('href'))));
  for (const href of hrefs) {
    const id = href.replace('#/', '');
    await page.locator(`nav a[href="${href}"]`).click();
    await page.waitForTimeout(SETTLED_MS);
    await page.getByText('Loading …').waitFor({ state: 'detached' });
    await OPENED[id]?.(page);
    await page.waitForTimeout(OPENED[id] ? SETTLED_MS : 0);
    await picture(page, id);
  }
  await page.locator('nav a').first().click();
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.waitForTimeout(SETTLED_MS);
  await picture(page, 'live-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(NARROW);
  await page.waitForTimeout(SETTLED_MS);
  await picture(page, 'live-narrow');
} finally {
  await browser.close();
  await scene.close();
}

async function signedIn(): Promise<Page> {
  const context = await browser.newContext({ viewport: WIDE, reducedMotion: 'reduce', locale: 'en-GB' });
  const page = await context.newPage();
  await page.goto(`${scene.url}/admin`);
  await page.getByLabel('Admin token').fill(TOKEN);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation').waitFor();
  return page;
}

/** Throws where a picture is larger than the repository is to hold. */
async function picture(page: Page, name: string): Promise<void> {
  const file = join(FOLDER, `dashboard-${name}.png`);
  await page.screenshot({ path: file });
  const { size } = await stat(file);
  console.log(`${file} ${Math.round(size / 1_024)} KiB`);
  if (size > MOST_BYTES) throw new Error(`${file} has ${size} bytes, more than ${MOST_BYTES}`);
}
