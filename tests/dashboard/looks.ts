import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const WIDE = { width: 1200, height: 800 };
export const NARROW = { width: 360, height: 740 };
const SERIOUS = new Set(['serious', 'critical']);

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/**
 * Runs axe-core on the page as it stands, and fails on what is serious or critical. The debugger puts it in, which the page's policy
 * does not stop, so the page is judged with its policy in force.
 */
export async function expectAccessible(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  try {
    const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
    await session.send('Runtime.evaluate', { expression: `typeof axe === 'undefined' && (() => {${axe}})()` });
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
      expression:
        'axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => JSON.stringify(violations))',
      awaitPromise: true,
    });
    expect(exceptionDetails?.exception?.description).toBeUndefined();
    const found = (JSON.parse(String(result.value)) as Violation[]).filter(({ impact }) => SERIOUS.has(impact));
    if (found.length > 0) throw new Error(`axe-core finds:\n${found.map(wordsOf).join('\n')}`);
  } finally {
    await session.detach();
  }
}

function wordsOf({ id, help, nodes }: Violation): string {
  return `${id}: ${help}\n${nodes.map(({ html, failureSummary = '' }) => `${html}\n${failureSummary}`).join('\n')}`;
}

/** The page itself stays within the width of the screen; tables and code may scroll in their own boxes. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const [scroll, client] = await page.evaluate<[number, number]>(
    '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
  );
  expect(scroll, 'width of the page').toBeLessThanOrEqual(client);
}

/** The page in light and dark, wide and at 360 px: accessible, and nowhere wider than the screen. Ends light and wide. */
export async function expectGoodLooks(page: Page): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page);
  }
  await page.setViewportSize(NARROW);
  await expectNoSidewaysScroll(page);
  await expectAccessible(page);
  await page.setViewportSize(WIDE);
}

/** Presses Tab until the element is focused whose text or label is `name`; fails after `most` presses. */
export async function tabTo(page: Page, name: string, most = 60): Promise<void> {
  const passed: string[] = [];
  for (let press = 0; press < most; press += 1) {
    await page.keyboard.press('Tab');
    const at = String(await page.evaluate(FOCUSED)).trim();
    if (at === name) return;
    passed.push(at);
  }
  expect.fail(`Tab never came to "${name}", but to: ${passed.join(' | ')}`);
}

const FOCUSED = `(() => {
  const at = document.activeElement;
  // The label of a choice holds its options, too; its name stands in a span.
  const label = at.labels?.[0];
  return at.getAttribute('aria-label') ?? (label?.querySelector('span') ?? label ?? at).innerText ?? '';
})()`;
