import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { faultsOfTable, PAIRS, withTable } from '../../tools/translation/page.ts';

const PAGE = readFileSync(new URL('../../docs/providers.md', import.meta.url), 'utf8');
const EQUAL = { words: '=' };

test('docs/providers.md has a row for every client at every endpoint, and none that went wrong', () => {
  expect(faultsOfTable(PAGE)).toEqual([]);
});

test('a row that is missing and a cell that went wrong are found', () => {
  const rows = PAIRS.slice(1).map(([client, endpoint]) => ({ client, endpoint, cells: [[EQUAL, EQUAL] as const] }));
  const [first, ...others] = rows;
  const wrong = { ...first!, cells: [[EQUAL, { words: '! no error', fault: 'no error' }] as const] };
  const [client, endpoint] = PAIRS[0]!;
  expect(faultsOfTable(withTable(PAGE, [wrong, ...others]))).toEqual([
    `${client} at ${endpoint}: no row`,
    `| ${wrong.client} | ${wrong.endpoint} | JSON: =; stream: ! no error |`,
  ]);
});
