import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { runExplain } from '../../proxy/commands/explain/explain-command.ts';
import { readPriceList } from '../../proxy/pricing/price-list.ts';
import { tempFolder } from '../setup/temp-folder.ts';
import { autoBed } from './auto-bed.ts';

const PAGE = readFileSync(new URL('../../docs/prices.md', import.meta.url), 'utf8');

function block(language: string): string {
  const found = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(PAGE)?.[1];
  if (found === undefined) throw new Error(`the page has no ${language}`);
  return found;
}

test('what the page shows of `llmproxy explain` is what it prints', async () => {
  const { url } = await autoBed();
  const folder = tempFolder('prices-doc');
  const [, request = '', options = ''] = /^\$ echo '(.*)' \| llmproxy explain -(.*)$/m.exec(block('console')) ?? [];
  const tier = /--tier (\w+)/.exec(options)?.[1];
  writeFileSync(join(folder, 'request.json'), request);
  let out = '';
  const code = await runExplain(
    'request.json',
    { url, ...(tier === undefined ? {} : { tier }) },
    {
      environment: {},
      folder,
      out: { write: (text) => (out += text) },
      err: { write: (text) => (out += text) },
      input: () => Promise.reject(new Error('not read')),
    },
  );
  expect(code).toBe(0);
  expect(block('console')).toBe(`${block('console').split('\n')[0]}\n${out}`);
});

test('the table of the page is one', async () => {
  const { prices, invalid } = await readPriceList(Buffer.from(block('json')));
  expect([Object.fromEntries(prices), invalid]).toEqual([
    { 'gpt-4o': { input: 2.5, output: 10, cachedInput: 1.25 }, 'gpt-4o-mini': { input: 0.15, output: 0.6 } },
    0,
  ]);
});
