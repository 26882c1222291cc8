import { expect, test } from 'vitest';
import { importsOf, readSource, repositoryFiles } from './sources.ts';

/** Of TypeScript and CSS together. */
const MOST_LINES = 3_000;
const files = repositoryFiles('proxy/dashboard').filter((file) => /\.(?:ts|css)$/.test(file));
const modules = files.filter((file) => file.endsWith('.ts') && !/\.(?:test|fixture)\.ts$/.test(file));

test('the dashboard is at most 3,000 lines', () => {
  const own = files.filter((file) => !/\.(?:test|fixture)\.ts$/.test(file));
  const lines = own.map((file) => readSource(file).trimEnd().split('\n').length);
  expect(lines.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(MOST_LINES);
});

test('of the proxy the pages import types alone: everything else runs in no browser', () => {
  const typed = /^import type\b[^'"]*['"]([^'"]+)['"]/gm;
  const found = modules.flatMap((file) => {
    const types = new Set([...readSource(file).matchAll(typed)].map((match) => match[1]));
    return importsOf(file)
      .filter(
        ({ target, specifier }) =>
          specifier.startsWith('.') && !target.startsWith('proxy/dashboard/') && !types.has(specifier),
      )
      .map(({ specifier }) => `${file}: ${specifier}`);
  });
  expect(found).toEqual([]);
  expect(modules.flatMap((file) => importsOf(file).filter(({ target }) => target.startsWith('node:')))).toEqual([]);
});

test('the pages name no other address, no inline style and no markup as text: their policy refuses the first two', () => {
  const forbidden =
    /https?:\/\/(?!127\.0\.0\.1|localhost)|\bstyle=|innerHTML|dangerouslySetInnerHTML|\beval\(|new Function/;
  const found = files.flatMap((file) =>
    readSource(file)
      .split('\n')
      .flatMap((line, index) => (forbidden.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
  );
  expect(found).toEqual([]);
});
