import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fencedBlocks, type Block } from '../house/markdown.ts';
import type { StartedProcess } from '../setup/process.ts';
import { outputOf, SHOWN_URL, shownAs, startShown, typed } from './document-shell.ts';

const document = readFileSync(fileURLToPath(new URL('../../docs/command-line.md', import.meta.url)), 'utf8');
const blocks = fencedBlocks(document);
const file = blocks.find(({ language }) => language === 'yaml');
/** The reader's first shell starts the proxy, the second one types the other commands. */
const isStart = ({ code }: Block): boolean => code.trim() === 'npx llmproxy start';
const commands = blocks.filter(({ language }) => language === 'bash');

let proxy: StartedProcess | undefined;
const folder = mkdtempSync(join(tmpdir(), 'llmproxy-command-line-doc-'));

beforeAll(() => writeFileSync(join(folder, 'llmproxy.yaml'), file?.code ?? ''));
afterAll(async () => {
  await proxy?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the commands of docs/command-line.md, in order', () => {
  test.each(commands.map((block) => [`line ${block.line}`, block] as const))('%s', async (_line, block) => {
    if (isStart(block)) {
      proxy = await startShown(block, folder);
      expect(proxy.ready['models']).toEqual(['gpt-4o']);
      return;
    }
    const url = proxy === undefined ? SHOWN_URL : String(proxy.ready['url']);
    const printed = (await typed(block.code, { folder, url })).replaceAll(/\s+/g, '');
    const output = outputOf(block, blocks);
    expect(output).toBeDefined();
    expect(printed).toMatch(shownAs(output!));
  });
});
