import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { chromiumPath, launchChromium, NO_CHROMIUM } from '../setup/chromium.ts';
import { startBed, type Bed, type BedOptions } from '../system/bed.ts';
import { watchFaults } from './faults.ts';

const WIDE = { width: 1200, height: 800 };

export interface DashboardOptions extends BedOptions {
  /** The admin token (`auth.admin_token` of `config`): the page is signed in with it. Left out = it just opens, as on loopback. */
  readonly token?: string;
  /** What stands after `#/`; default: the first page. */
  readonly at?: string;
  /** Opens the dashboard of a proxy that runs elsewhere, in place of a bed of its own. */
  readonly url?: string;
  /** Faults that the test causes: messages of the console that are none for it. */
  readonly expected?: readonly RegExp[];
}

/** A proxy with the dashboard open in a browser. */
export interface Dashboard extends AsyncDisposable {
  readonly page: Page;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** The proxy and its mocks. Throws where `url` was given. */
  readonly bed: Bed;
  /** Opens a page by its id, as a click in the menu does. */
  readonly go: (id: string) => Promise<void>;
  /** Ends page and proxy. Rejects when the page wrote an error, a request failed, or one left the origin. */
  readonly close: () => Promise<void>;
}

export interface Chromium {
  /** Opens the dashboard in a context of its own: cookies and storage are empty. */
  readonly openDashboard: (options?: DashboardOptions) => Promise<Dashboard>;
}

/** One browser for the tests of a file; without Chromium all of them are skipped, with the reason. */
export function useChromium(): Chromium {
  const path = chromiumPath();
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (path !== undefined) browser = await launchChromium(path);
  });
  beforeEach((context) => {
    if (browser === undefined) context.skip(NO_CHROMIUM);
  });
  afterAll(() => browser?.close());
  return {
    openDashboard: (options = {}) => {
      if (browser === undefined) throw new Error(NO_CHROMIUM);
      return open(browser, options);
    },
  };
}

async function open(browser: Browser, options: DashboardOptions): Promise<Dashboard> {
  const { token, at, url: elsewhere, expected = [], ...bedOptions } = options;
  const bed = elsewhere === undefined ? await startBed(bedOptions) : undefined;
  const url = elsewhere ?? bed?.url ?? '';
  const context = await browser.newContext({ viewport: WIDE, reducedMotion: 'reduce', locale: 'en-GB' });
  context.setDefaultTimeout(10_000);
  const faults = watchFaults(context, url, expected);
  const close = async (): Promise<void> => {
    await context.close();
    await bed?.[Symbol.asyncDispose]();
    if (faults().length > 0) throw new Error(`This went wrong in the browser:\n${faults().join('\n')}`);
  };
  try {
    const page = await openPage(context, `${url}/admin${at === undefined ? '' : `#/${at}`}`, token);
    return {
      page,
      url,
      get bed() {
        if (bed === undefined) throw new Error('this dashboard belongs to a proxy that runs elsewhere');
        return bed;
      },
      go: async (id) => {
        await page.locator(`nav a[href="#/${id}"]`).click();
      },
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await context.close();
    await bed?.[Symbol.asyncDispose]();
    throw error;
  }
}

async function openPage(context: BrowserContext, address: string, token: string | undefined): Promise<Page> {
  const page = await context.newPage();
  await page.goto(address);
  if (token === undefined) return page;
  await page.getByLabel('Admin token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation').waitFor();
  return page;
}
