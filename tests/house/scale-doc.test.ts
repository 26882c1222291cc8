import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { renderFigures, renderShares, type Run } from '../../bench/simulate/report.ts';
import { SCENARIOS } from '../../bench/simulate/scenarios.ts';
import { fencedBlocks } from './markdown.ts';
import { readSource, ROOT } from './sources.ts';

const run = promisify(execFile);
const document = readSource('docs/scale.md');
const blocks = fencedBlocks(document);
/** Commands whose output is shown; the long ones stand in `text` alone. */
const commands = blocks.filter(({ language }) => language === 'bash');
const kept = JSON.parse(readSource('bench/results/simulate.json')) as readonly Run[];
const squeezed = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

describe('the commands of docs/scale.md print what is shown', () => {
  test.each(commands.map((block) => [block.code.trim(), block] as const))('%s', async (_code, block) => {
    const { stdout } = await run(
      'bash',
      ['-euo', 'pipefail', '-c', block.code.replaceAll(/^node /gm, `${process.execPath} `)],
      {
        cwd: ROOT,
      },
    );
    expect(squeezed(blocks[blocks.indexOf(block) + 1]!.code)).toBe(squeezed(stdout));
  });
});

test('the table of docs/scale.md has the rows of bench/results/simulate.json, every scenario among them', () => {
  expect([...new Set(kept.map(({ scenario }) => scenario))]).toEqual(Object.keys(SCENARIOS));
  const shown = document.split('\n').map(squeezed);
  const rows = renderFigures(kept).split('\n');
  for (const row of rows.filter((line) => !line.startsWith('|--'))) expect(shown).toContain(squeezed(row));
});

test('the shares that docs/scale.md speaks of are those of the run without trouble', () => {
  const steady = kept.find(({ scenario }) => scenario === 'steady')!;
  for (const line of renderShares(steady.figures).split('\n')) expect(squeezed(document)).toContain(line);
});
