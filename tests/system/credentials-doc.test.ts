import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fencedBlocks } from '../house/markdown.ts';
import type { StartedProcess } from '../setup/process.ts';
import { outputOf, shownAs, startShown, typed } from './document-shell.ts';

const document = readFileSync(fileURLToPath(new URL('../../docs/credentials.md', import.meta.url)), 'utf8');
const blocks = fencedBlocks(document);
const [whole] = blocks.filter(({ language }) => language === 'yaml');
/** The commands of a reader's two shells: the first starts the proxy, the others are one shell's, in order. */
const [start, ...commands] = blocks.filter(({ language }) => language === 'bash');

const folder = mkdtempSync(join(tmpdir(), 'llmproxy-credentials-doc-'));
let proxy: StartedProcess;

beforeAll(async () => {
  writeFileSync(join(folder, 'llmproxy.yaml'), whole!.code);
  proxy = await startShown(start!, folder);
});
afterAll(async () => {
  await proxy?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the commands of docs/credentials.md, in order', () => {
  test.each(commands.map((block) => [`line ${block.line}`, block] as const))('%s', async (_line, block) => {
    const printed = await typed(block.code, { folder, url: String(proxy.ready['url']) });
    const output = outputOf(block, blocks);
    if (output === undefined) expect(printed.trim()).toBe('');
    else expect(printed.replaceAll(/\s+/g, '')).toMatch(shownAs(output));
  });

  test('most of them show what they print', () => {
    expect(commands.filter((block) => outputOf(block, blocks) !== undefined).length).toBeGreaterThan(
      commands.length / 2,
    );
  });
});
