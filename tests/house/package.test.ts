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

const manifest = JSON.parse(readSource('package.json')) as {
  readonly bin: Record<string, string>;
  readonly exports: Record<string, string | { readonly types: string; readonly default: string }>;
  readonly scripts: Record<string, string>;
  readonly dependencies: Record<string, string>;
};

test('the package holds the compiled code, its types and its documents, and nothing else', () => {
  const strangers = packed!.files.filter(
    (file) => !/^(?:dist\/(?:proxy|mocks)\/.+\.(?:js|d\.ts|json)|[A-Z]+(?:\.md)?|package\.json)$/.test(file),
  );
  expect(strangers).toEqual([]);
  expect(packed!.files.filter((file) => /\.test\.|testing|fixtures/.test(file))).toEqual([]);
  expect(packed!.files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
});

test('every compiled file stands beside its types', () => {
  const scripts = packed!.files.filter((file) => file.endsWith('.js'));
  expect(scripts.map((file) => file.replace(/\.js$/, '.d.ts')).filter((file) => !packed!.files.includes(file))).toEqual(
    [],
  );
});

test('what the manifest points to is in the package', () => {
  const targets = [
    ...Object.values(manifest.bin),
    ...Object.values(manifest.exports).flatMap((entry) => (typeof entry === 'string' ? [entry] : Object.values(entry))),
  ];
  expect(targets.map((target) => target.replace('./', '')).filter((file) => !packed!.files.includes(file))).toEqual([]);
});

test('installing the package runs no script and its versions are exact', () => {
  expect(Object.keys(manifest.scripts).filter((name) => /^(?:pre|post)?(?:install|prepare)$/.test(name))).toEqual([]);
  expect(Object.entries(manifest.dependencies).filter(([, range]) => !/^\d+\.\d+\.\d+$/.test(range))).toEqual([]);
});

test('the package is smaller than two megabytes', () => {
  expect(packed!.unpackedSize).toBeLessThan(2_000_000);
});

test('publint finds nothing to say', async () => {
  const { messages, pkg } = await publint({ pkgDir: packed!.folder, strict: true });
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
});

test('what stands in proxy/ and mocks/ beside TypeScript is JSON that an import carries into the package', () => {
  const others = ['proxy', 'mocks']
    .flatMap((folder) => repositoryFiles(folder))
    .filter((file) => !file.endsWith('.ts'));
  expect(others.filter((file) => !file.endsWith('.json') || !packed!.files.includes(`dist/${file}`))).toEqual([]);
});
