import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startMock, type Mock } from '../../mocks/index.ts';
import { fencedBlocks } from '../house/markdown.ts';
import type { StartedProcess } from '../setup/process.ts';
import { outputOf, shownAs, startShown, typed } from './document-shell.ts';

const document = readFileSync(fileURLToPath(new URL('../../docs/gateway.md', import.meta.url)), 'utf8');
const blocks = fencedBlocks(document);
const [whole] = blocks.filter(({ language }) => language === 'yaml');
/** The commands of a reader's three shells: the first starts the proxy, one starts a mock, the others are one shell's, in order. */
const [start, ...typedBlocks] = blocks.filter(({ language }) => language === 'bash');
const MOCK_COMMAND = 'npx llmproxy mock --port 4010';
const MOCK_URL = 'http://127.0.0.1:4010';
const commands = typedBlocks.filter(({ code }) => code.trim() !== MOCK_COMMAND);

const folder = mkdtempSync(join(tmpdir(), 'llmproxy-gateway-doc-'));
let proxy: StartedProcess;
let mock: Mock;

beforeAll(async () => {
  writeFileSync(join(folder, 'llmproxy.yaml'), whole!.code);
  mock = await startMock();
  proxy = await startShown(start!, folder);
});
afterAll(async () => {
  await proxy?.stop();
  await mock?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the commands of docs/gateway.md, in order', () => {
  test.each(commands.map((block) => [`line ${block.line}`, block] as const))('%s', async (_line, block) => {
    const output = outputOf(block, blocks);
    expect(output, 'what it prints is shown').toBeDefined();
    const mockUrl = `http://127.0.0.1:${mock.port}`;
    const code = block.code.replaceAll(MOCK_URL, mockUrl);
    const printed = (await typed(code, { folder, url: String(proxy.ready['url']) })).replaceAll(mockUrl, MOCK_URL);
    expect(printed.replaceAll(/\s+/g, '')).toMatch(shownAs(output!));
  });

  test('one of the commands starts the mock', () => {
    expect(typedBlocks).toHaveLength(commands.length + 1);
  });
});
