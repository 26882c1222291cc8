import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, expect, test } from 'vitest';
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

test('the package holds the compiled code, its types and its documents, and nothing else', () => {
  const strangers = packed!.files.filter(
    (file) =>
      !/^(?:dist\/(?:proxy|mocks)\/.+\.(?:c?js|d\.c?ts|json|br|css)|[A-Z]+(?:\.md)?|package\.json|llmproxy\.schema\.json)$/.test(
        file,
      ),
  );
  expect(strangers).toEqual([]);
  expect(packed!.files.filter((file) => /\.test\.|testing|fixtures/.test(file))).toEqual([]);
  expect(packed!.files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
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

test('the package is smaller than seven megabytes unpacked, of which the compressed vocabularies are a bit more than one', () => {
  expect(packed!.unpackedSize).toBeLessThan(7_000_000);
});

test('publint finds nothing to say', async () => {
  const { messages, pkg } = await publint({ pkgDir: packed!.folder, strict: true });
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
});

test('what stands in proxy/ and mocks/ beside TypeScript is JSON, a style sheet or a compressed vocabulary, and is in the package', () => {
  const others = ['proxy', 'mocks']
    .flatMap((folder) => repositoryFiles(folder))
    .filter((file) => !file.endsWith('.ts') && !file.endsWith('/tsconfig.json'));
  expect(others.filter((file) => !/\.(?:json|br|css)$/.test(file) || !packed!.files.includes(`dist/${file}`))).toEqual(
    [],
  );
});
