import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { fencedBlocks, type Block } from '../house/markdown.ts';
import { npmEnvironment } from '../setup/package.ts';
import { benchmark, PROXY, resultIn, rowsOf, type ResultFile } from './benchmark-cli.ts';

const run = promisify(execFile);
const document = readFileSync(fileURLToPath(new URL('../../docs/benchmark.md', import.meta.url)), 'utf8');
const blocks = fencedBlocks(document);
const commands = blocks.filter(({ language }) => language === 'bash');

const folder = mkdtempSync(join(tmpdir(), 'llmproxy-benchmark-doc-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a block shows as output: white space aside, `…` is anything. */
function shownAs({ code }: Block): RegExp {
  const parts = code
    .split('…')
    .map((part) => part.replaceAll(/\s+/g, '').replaceAll(/[$()*+.?[\\\]^{|}-]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*?')}$`);
}

describe('the commands of docs/benchmark.md, in order', () => {
  test.each(commands.map((block) => [`line ${block.line}`, block] as const))('%s', async (_line, block) => {
    const script = block.code.replaceAll('npx llmproxy', `${process.execPath} ${PROXY}`);
    const options = { cwd: folder, env: npmEnvironment() };
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], options);
    expect(stdout.replaceAll(/\s+/g, '')).toMatch(shownAs(blocks[blocks.indexOf(block) + 1]!));
  });
});

test('a record has the members that are shown, and every option is in the table', async () => {
  const shown = JSON.parse(blocks.find(({ language }) => language === 'json')!.code) as ResultFile;
  const [record] = rowsOf(resultIn(join(folder, 'first')));
  expect(Object.keys(rowsOf(shown)[0]!)).toEqual(Object.keys(record!));
  const { out } = await benchmark(folder, ['--help']);
  const options = [...out.matchAll(/^ {2}(?:-h, )?(--[a-z-]+)/gm)].map(([, name]) => name!);
  expect(options.length).toBeGreaterThan(12);
  expect(options.filter((name) => name !== '--help' && !document.includes(`\`${name}`))).toEqual([]);
});
