import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anchorsOf, linksOf } from '../../tools/site/links.ts';
import { packPackage, type PackedPackage } from '../setup/package.ts';
import { readSource, repositoryFiles } from './sources.ts';

let packed: PackedPackage | undefined;
beforeAll(async () => {
  packed = await packPackage();
}, 120_000);
afterAll(() => packed?.remove());

interface Entry {
  readonly types: string;
  readonly default: string;
}

const manifest = JSON.parse(readSource('package.json')) as {
  readonly bin: Record<string, string>;
  readonly exports: Record<string, string | (Entry & { readonly require?: Entry })>;
  readonly scripts: Record<string, string>;
  readonly dependencies: Record<string, string>;
};

/** Folders that are published as they stand in the repository. */
const FOLDERS = /^(?:docs|examples|deploy)\//;
/** Pictures are large, and a page says the same without them: registries show those of the README out of the repository. */
const PICTURES = /^docs\/images\//;

test('the package holds the compiled code, its types and its documents, and nothing else', () => {
  const strangers = packed!.files.filter(
    (file) =>
      !FOLDERS.test(file) &&
      !/^(?:dist\/(?:proxy|mocks)\/.+\.(?:c?js|d\.c?ts|json|br|css)|[A-Z]+(?:\.md)?|package\.json|llmproxy(?:\.schema\.json|\.yaml))$/.test(
        file,
      ),
  );
  expect(strangers).toEqual([]);
  expect(packed!.files.filter((file) => /^dist\/.*(?:\.test\.|testing|fixtures)/.test(file))).toEqual([]);
  expect(packed!.files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
});

test('the folders that are published as they stand are whole, and hold nothing that is not in the repository', () => {
  const standing = repositoryFiles().filter((file) => FOLDERS.test(file) && !PICTURES.test(file));
  expect(packed!.files.filter((file) => FOLDERS.test(file))).toEqual(standing.toSorted());
});

test('every link of a document in the package leads to a file of the package, and to a heading of it', () => {
  const texts = packed!.files
    .filter((file) => file.endsWith('.md'))
    .map((file) => ({ file, text: readFileSync(join(packed!.folder, file), 'utf8') }));
  const anchors = new Map(texts.map(({ file, text }) => [file, anchorsOf(text)]));
  const folders = new Set(packed!.files.map((file) => posix.dirname(file)));
  const links = texts.flatMap(({ file, text }) => linksOf(file, text)).filter(({ target }) => !PICTURES.test(target));
  expect(links.length).toBeGreaterThan(200);
  const dead = links.filter(({ target, anchor }) =>
    anchor === undefined
      ? !packed!.files.includes(target) && !folders.has(target)
      : anchors.get(target)?.has(anchor) !== true,
  );
  expect(dead).toEqual([]);
});

/** What an entry of the exports leads to, for `import` and for `require`. */
const entries: readonly Entry[] = Object.values(manifest.exports).flatMap((entry) =>
  typeof entry === 'string' ? [] : [entry, ...(entry.require === undefined ? [] : [entry.require])],
);

test('every declaration that another one names is there, and none that no entry leads to', () => {
  const named = new Set(entries.map((entry) => posix.normalize(entry.types)));
  // A set goes on over what is added to it while it is gone through.
  for (const file of named) {
    const text = readFileSync(join(packed!.folder, file), 'utf8');
    for (const [, path] of text.matchAll(/(?:from|import\() ?['"](\.[^'"]+)['"]/g)) {
      named.add(posix.join(posix.dirname(file), path!.replace(/\.[jt]s$/, '.d.ts')));
    }
  }
  expect(named.size).toBeGreaterThan(Object.keys(manifest.exports).length);
  expect(packed!.files.filter((file) => /\.d\.c?ts$/.test(file)).toSorted()).toEqual([...named].toSorted());
});

test('what the manifest points to is in the package', () => {
  const targets = [
    ...Object.values(manifest.bin),
    './package.json',
    './llmproxy.schema.json',
    ...entries.flatMap((entry) => [entry.types, entry.default]),
  ];
  expect(targets.map((target) => target.replace('./', '')).filter((file) => !packed!.files.includes(file))).toEqual([]);
});

test('installing the package runs no script and its versions are exact', () => {
  expect(Object.keys(manifest.scripts).filter((name) => /^(?:pre|post)?(?:install|prepare)$/.test(name))).toEqual([]);
  expect(Object.entries(manifest.dependencies).filter(([, range]) => !/^\d+\.\d+\.\d+$/.test(range))).toEqual([]);
});

test('the package is smaller than nine megabytes unpacked, of which the compressed vocabularies are a bit more than one', () => {
  expect(packed!.unpackedSize).toBeLessThan(9_000_000);
});

test('publint finds nothing to say', async () => {
  const { messages, pkg } = await publint({ pkgDir: packed!.folder, strict: true });
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
});

/**
 * `node10`, the resolution of TypeScript before `exports` were read, cannot know an entry that is no file. The entries without a CommonJS
 * form are for `require` of ES modules, which every Node of `engines` has.
 */
const KNOWN_LIMITS = ['node10 NoResolution', 'node16-cjs CJSResolvesToESM'];

test('the types of every entry are those of what runs, as attw sees them', async () => {
  const analysis = await checkPackage(createPackageFromTarballData(readFileSync(packed!.tarball)));
  if (analysis.types === false) throw new Error('attw has found no types');
  expect(Object.keys(analysis.entrypoints).toSorted()).toEqual(Object.keys(manifest.exports).toSorted());
  const problems = analysis.problems.filter(
    (problem) => !('resolutionKind' in problem && KNOWN_LIMITS.includes(`${problem.resolutionKind} ${problem.kind}`)),
  );
  expect(problems).toEqual([]);
});

test('what stands in proxy/ and mocks/ beside TypeScript is JSON, a style sheet or a compressed vocabulary, and is in the package', () => {
  const others = ['proxy', 'mocks']
    .flatMap((folder) => repositoryFiles(folder))
    .filter((file) => !file.endsWith('.ts') && !file.endsWith('/tsconfig.json'));
  expect(others.filter((file) => !/\.(?:json|br|css)$/.test(file) || !packed!.files.includes(`dist/${file}`))).toEqual(
    [],
  );
});
