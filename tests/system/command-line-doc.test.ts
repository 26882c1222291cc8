import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fencedBlocks } from '../house/markdown.ts';
import { outputOf, SHOWN_URL, shownAs, typed } from './document-shell.ts';

const document = readFileSync(fileURLToPath(new URL('../../docs/command-line.md', import.meta.url)), 'utf8');
const blocks = fencedBlocks(document);
const file = blocks.find(({ language }) => language === 'yaml');
const commands = blocks.filter(({ language }) => language === 'bash');

const folder = mkdtempSync(join(tmpdir(), 'llmproxy-command-line-doc-'));

beforeAll(() => writeFileSync(join(folder, 'llmproxy.yaml'), file?.code ?? ''));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the commands of docs/command-line.md, in order', () => {
  test.each(commands.map((block) => [`line ${block.line}`, block] as const))('%s', async (_line, block) => {
    const printed = (await typed(block.code, { folder, url: SHOWN_URL })).replaceAll(/\s+/g, '');
    const output = outputOf(block, blocks);
    expect(output).toBeDefined();
    expect(printed).toMatch(shownAs(output!));
  });
});
