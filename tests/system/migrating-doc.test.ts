import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInThisContext } from 'node:vm';
import { expect, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import { parseConfig } from '../../proxy/config/load.ts';
import { migrate, renderRemarks } from '../../proxy/config/migrate/migrate.ts';
import { fencedBlocks } from '../house/markdown.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGE = readFileSync(join(ROOT, 'docs/migrating.md'), 'utf8');
const blocks = fencedBlocks(PAGE);

/** The blocks after the heading, in order. */
function blocksOf(heading: string): string[] {
  const start = PAGE.slice(0, PAGE.indexOf(`\n## ${heading}\n`)).split('\n').length;
  const next = PAGE.indexOf('\n## ', PAGE.indexOf(`\n## ${heading}\n`) + 4);
  const end = next === -1 ? Infinity : PAGE.slice(0, next).split('\n').length;
  return blocks.filter(({ line }) => line > start && line <= end).map(({ code }) => code);
}

test.each([
  ['LiteLLM', 'litellm'],
  ['Portkey', 'portkey'],
] as const)('the configuration of %s is translated as docs/migrating.md shows', (heading, tool) => {
  const [theirs, ours, list] = blocksOf(heading);
  const { text, remarks } = migrate(tool, theirs ?? '');
  expect(text).toBe(ours);
  expect(renderRemarks(remarks)).toBe(list);
  const names = [...text.matchAll(/\$\{(\w+)\}/g)].map((match) => [match[1] ?? '', 'a-key']);
  expect(parseConfig(text, 'llmproxy.yaml', { environment: Object.fromEntries(names) }).warnings).toEqual([]);
});

test.each(['aimock', 'nock'])('the program in place of one with %s does what it says', async (heading) => {
  const [program] = blocksOf(heading);
  const code = (program ?? '')
    .replaceAll(/^import .*$/gm, '')
    .replaceAll(/^(.*); \/\/ → (.*)$/gm, (_line, given: string, expected: string) => `;check(${given}, ${expected});`);
  const run = runInThisContext(`(async ({ startMock, check }) => {${code}})`) as (tools: object) => Promise<void>;
  let checked = 0;
  const check = (given: unknown, expected: unknown): void => {
    expect(given).toEqual(expected);
    checked += 1;
  };
  await run({ startMock, check });
  expect(checked).toBe(program?.match(/\/\/ →/g)?.length);
  expect(checked).toBeGreaterThan(2);
});
