import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runCheck } from '../../proxy/config/check-command.ts';
import { CONFIGURED_PROVIDERS, providerRow } from '../../proxy/core/provider-rows.ts';
import { PROTOCOLS } from '../../proxy/protocols/table.ts';
import { PROVIDERS } from '../../proxy/providers/table.ts';
import { codeRows, fencedBlocks } from './markdown.ts';
import { readSource } from './sources.ts';

const DOCUMENT = readSource('docs/providers.md');
const BLOCKS = fencedBlocks(DOCUMENT).filter(({ language }) => language === 'yaml');

const folder = mkdtempSync(join(tmpdir(), 'llmproxy-providers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(BLOCKS)('the configuration in line $line of docs/providers.md', ({ code, line }) => {
  test('is accepted by llmproxy check without a warning', () => {
    const file = join(folder, `${line}.yaml`);
    writeFileSync(file, code);
    const variables = [...code.matchAll(/\$\{(\w+)\}/g)].map((match) => [match[1] ?? '', 'a-key']);
    const said: string[] = [];
    const output = { write: (text: string) => said.push(text) };
    expect(runCheck(file, Object.fromEntries(variables), folder, output, output), said.join('')).toBe(0);
    expect(said.join('')).not.toContain('warning');
  });
});

test('every provider has an example', () => {
  const shown = new Set(
    BLOCKS.flatMap(({ code }) => [...code.matchAll(/provider: ([\w.]+)/g)].map((match) => match[1])),
  );
  expect(shown).toEqual(new Set(CONFIGURED_PROVIDERS));
});

/** What the document says of these operations. */
function spokenBy(name: keyof typeof PROVIDERS): string {
  const { protocols } = PROVIDERS[name];
  const families = new Set(protocols.map((id) => PROTOCOLS[id].family));
  if (families.size > 1) return 'all of them';
  if (families.has('anthropic')) return 'Anthropic’s API';
  if (families.has('gemini')) return 'Gemini’s API';
  return protocols.includes('responses') ? 'OpenAI’s API' : 'OpenAI’s API without Responses';
}

test('the table of docs/providers.md is that of the code', () => {
  const coded = CONFIGURED_PROVIDERS.map((name) => {
    const { address, keyVariable } = providerRow(name);
    const url = typeof address === 'object' ? `\`${address.origin}${address.basePath}\`` : undefined;
    return [
      `\`${name}\``,
      url ?? (address === undefined ? '–' : 'the bundled mock'),
      keyVariable === undefined ? '–' : `\`${keyVariable}\``,
      spokenBy(name),
    ];
  });
  const head = ['`provider`', 'address without `base_url`', 'usual variable of its key', 'speaks'];
  expect(codeRows(DOCUMENT)).toEqual([head, ...coded]);
});
