import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Why tests in a browser are skipped. */
export const NO_CHROMIUM =
  'needs Chromium, and there is none on PATH: install the package `chromium`, or set LLMPROXY_TEST_CHROMIUM';

/** The browser's program: `LLMPROXY_TEST_CHROMIUM`, or the first of PATH; undefined where there is none. */
export function chromiumPath(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = env['LLMPROXY_TEST_CHROMIUM'];
  if (named !== undefined && named !== '') return named;
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/** Starts Chromium without a window. Rejects where it cannot be started. */
export function launchChromium(executablePath: string): Promise<Browser> {
  // The sandbox refuses to run as root, as tests in containers often do.
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({ executablePath, headless: true, args: isRoot ? ['--no-sandbox'] : [] });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
