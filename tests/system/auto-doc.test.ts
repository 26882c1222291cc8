import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fencedBlocks } from '../house/markdown.ts';
import type { StartedProcess } from '../setup/process.ts';
import { outputOf, shownAs, startShown, typed } from './document-shell.ts';

const document = readFileSync(fileURLToPath(new URL('../../docs/auto.md', import.meta.url)), 'utf8');
const blocks = fencedBlocks(document);
const [whole, part] = blocks.filter(({ language }) => language === 'yaml');
/** The commands of a reader's two shells: the first starts the proxy, the others are one shell's, in order. */
const [start, ...commands] = blocks.filter(({ language }) => language === 'bash');

const folder = mkdtempSync(join(tmpdir(), 'llmproxy-auto-doc-'));
let proxy: StartedProcess;

beforeAll(async () => {
  // What is shown of the catalogue fits into the configuration before.
  writeFileSync(join(folder, 'llmproxy.yaml'), `${whole!.code}\n${part!.code}`);
  proxy = await startShown(start!, folder);
});
afterAll(async () => {
  await proxy?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the commands of docs/auto.md, in order', () => {
  test.each(commands.map((block) => [`line ${block.line}`, block] as const))('%s', async (_line, block) => {
    const output = outputOf(block, blocks);
    expect(output, 'what it prints is shown').toBeDefined();
    const printed = await typed(block.code, { folder, url: String(proxy.ready['url']) });
    expect(printed.replaceAll(/\s+/g, '')).toMatch(shownAs(output!));
  });
});
