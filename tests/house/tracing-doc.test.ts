import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readSource, sourceFiles } from './sources.ts';

const PAGE = readFileSync(new URL('../../docs/tracing.md', import.meta.url), 'utf8');
const ATTRIBUTE = /'((?:llmproxy|gen_ai|http|url|server|error)\.[\w.]+)'/g;

test('docs/tracing.md names every attribute of a span, and none that is not there', () => {
  const files = sourceFiles('proxy').filter((file) => file.startsWith('proxy/tracing/') && !file.includes('.test.'));
  const used = new Set(files.flatMap((file) => [...readSource(file).matchAll(ATTRIBUTE)].map(([, name = '']) => name)));
  // Says why a link is there.
  used.delete('llmproxy.link');
  const named = [...PAGE.matchAll(/`((?:llmproxy|gen_ai|http|url|server|error)\.[\w.]+)`/g)].map(
    ([, name = '']) => name,
  );
  const settings = new Set(['server.workers']);
  expect([...used].filter((name) => !named.includes(name))).toEqual([]);
  expect(named.filter((name) => !used.has(name) && !settings.has(name))).toEqual([]);
  expect(used.size).toBeGreaterThan(20);
});
