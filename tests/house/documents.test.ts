import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ERRORS } from '../../proxy/core/errors.ts';
import { anchorsOf, linksOf } from '../../tools/site/links.ts';
import { codeRows, documents, fencedBlocks, namedPaths, numberedNames, treePaths } from './markdown.ts';
import { readSource, repositoryFiles, ROOT } from './sources.ts';

test('docs/errors.md has a row for every error of the code table, with its status and type, and no other', () => {
  const documented = codeRows(readSource('docs/errors.md')).map(([code, status, type]) => [code, status, type]);
  const coded = Object.entries(ERRORS).map(([code, { status, type }]) => [
    `\`${code}\``,
    String(status),
    `\`${type}\``,
  ]);
  expect(new Set(documented.map((cells) => cells.join(' ')))).toEqual(new Set(coded.map((cells) => cells.join(' '))));
  expect(documented).toHaveLength(coded.length);
});

test('every row of docs/errors.md says what it means and what to do', () => {
  const thin = codeRows(readSource('docs/errors.md')).filter((cells) => cells.length < 5 || cells.includes(''));
  expect(thin).toEqual([]);
});

test('docs/architecture.md numbers the stages as the pipelines have them', async () => {
  const { PIPELINES } = await import('../../proxy/pipeline/pipeline.ts');
  const names = PIPELINES.operation.map(({ name }: { readonly name: string }) => name);
  expect(numberedNames(readSource('docs/architecture.md'))).toEqual(names);
  for (const stages of Object.values(PIPELINES)) {
    const own = stages.map(({ name }: { readonly name: string }) => name);
    expect(names.filter((name) => own.includes(name))).toEqual(own);
  }
});

test('every pipeline identifies the caller, asks the gates and settles', async () => {
  const { PIPELINES } = await import('../../proxy/pipeline/pipeline.ts');
  for (const [pipeline, stages] of Object.entries(PIPELINES)) {
    const names = stages.map(({ name }) => name as string);
    expect(names[0], pipeline).toBe('identify');
    expect(names, pipeline).toContain('admit');
    expect(names.at(-1), pipeline).toBe('settle');
  }
});

test('docs/configuration.md is what the schema says today', async () => {
  const { renderConfigurationDoc } = await import('../../tools/docs.ts');
  expect(readSource('docs/configuration.md'), 'run `npm run docs`').toBe(renderConfigurationDoc());
});

test('no file has the marks of a merge that was not finished', () => {
  const marked = repositoryFiles().filter((file) => /\.(?:ts|js|md|json|ya?ml)$/.test(file));
  expect(marked.length).toBeGreaterThan(1_000);
  const mark = /^(?:<{7}|>{7}) \S/m;
  expect(marked.filter((file) => mark.test(readSource(file)))).toEqual([]);
});

test('every path that a document names exists', () => {
  const missing = documents()
    .flatMap((file) => namedPaths(file))
    .filter(({ path }) => !exists(path));
  expect(missing.map(({ file, path }) => `${file}: ${path}`)).toEqual([]);
});

test('every link of a document leads to a file, and to a heading of it', () => {
  const anchors = new Map(documents().map((file) => [file, anchorsOf(readSource(file))]));
  const broken = documents()
    .flatMap((file) => linksOf(file, readSource(file)))
    .filter(({ target, anchor }) =>
      anchor === undefined ? !existsSync(join(ROOT, target)) : anchors.get(target)?.has(anchor) !== true,
    );
  expect(
    broken.map(({ file, target, anchor }) => `${file}: ${target}${anchor === undefined ? '' : `#${anchor}`}`),
  ).toEqual([]);
});

test('the tree of CONTRIBUTING.md names every room and every file at the top, and nothing that is not there', () => {
  const [tree] = fencedBlocks(readSource('CONTRIBUTING.md')).filter(({ language }) => language === 'tree');
  const named = treePaths(tree?.code ?? '');
  expect(named.filter((path) => !exists(path))).toEqual([]);
  const rooms = new Set(
    repositoryFiles()
      .filter((file) => /^(?:proxy|mocks|tests)\/[^/]+\//.test(file))
      .map((file) => file.split('/').slice(0, 2).join('/')),
  );
  const tops = repositoryFiles().filter(
    (file) => /^(?:proxy|mocks)\/[^/]+\.ts$/.test(file) && !file.includes('.test.'),
  );
  expect([...rooms, ...tops].filter((path) => !named.includes(path))).toEqual([]);
});

test('the extractors see what they should', () => {
  expect(codeRows('| code | x |\n|---|---|\n| `a_b` | 400 | y |\n')).toEqual([['`a_b`', '400', 'y']]);
  expect(numberedNames('1. **receive** the body\n2. **look-up** it\n')).toEqual(['receive', 'look-up']);
  expect(
    namedPaths('x.md', 'See `proxy/core/errors.ts`, tests/setup/ and `llmproxy.yaml`.').map(({ path }) => path),
  ).toEqual(['proxy/core/errors.ts', 'tests/setup/', 'llmproxy.yaml']);
  expect(linksOf('docs/x.md', 'A [b](../README.md#c-d), [e](#f), [g](https://h.test/#i)\n')).toEqual([
    { file: 'docs/x.md', target: 'README.md', anchor: 'c-d' },
    { file: 'docs/x.md', target: 'docs/x.md', anchor: 'f' },
  ]);
  expect([...anchorsOf('# `model: "auto"`\n## What, and why?\n## What and why\n')]).toEqual([
    'model-auto',
    'what-and-why',
    'what-and-why-1',
  ]);
  expect(treePaths('proxy/  a\n  core/  b\n    x.ts  c\nREADME.md  d\n')).toEqual([
    'proxy',
    'proxy/core',
    'proxy/core/x.ts',
    'README.md',
  ]);
});

/** A path, or a pattern of paths: `proxy/routing/strategies/*.ts`, `proxy/{core,config}`. */
function exists(path: string): boolean {
  return /[*{]/.test(path) ? globSync(path, { cwd: ROOT }).length > 0 : existsSync(join(ROOT, path));
}
