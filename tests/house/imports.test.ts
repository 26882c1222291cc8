import { expect, test } from 'vitest';
import { floorFault, FLOORS, roomOf, vendorFault } from './floors.ts';
import { importsOf, readSource, sourceFiles } from './sources.ts';

const shipped = sourceFiles('proxy', 'mocks');
const production = shipped.filter((file) => !/(?:\.test|\.fixture|\/testing)\.ts$/.test(file));

interface Edge {
  readonly file: string;
  readonly target: string;
}

const edges: readonly Edge[] = shipped.flatMap((file) => importsOf(file).map(({ target }) => ({ file, target })));
const isFile = (target: string): boolean =>
  target.includes('/') && !target.startsWith('@') && !target.startsWith('node:');
const inHouses = (target: string): boolean => target.startsWith('proxy/') || target.startsWith('mocks/');

test('every room has a floor', () => {
  const rooms = new Set(shipped.map(roomOf));
  expect([...rooms].filter((room) => FLOORS[room] === undefined)).toEqual([]);
});

test('a file imports from its own room or a lower floor, and never from the other house', () => {
  const faults = edges
    .filter(({ target }) => inHouses(target))
    .flatMap(({ file, target }) => sentence(file, floorFault(file, target)));
  expect(faults).toEqual([]);
});

test('production code imports nothing from outside its house', () => {
  const faults = edges
    .filter(({ file, target }) => production.includes(file) && isFile(target) && !inHouses(target))
    .map(({ file, target }) => `${file}: ${target}`);
  expect(faults.filter((fault) => !fault.endsWith('package.json'))).toEqual([]);
});

test('a test beside its file may import its floor, lower floors, and tests/setup only', () => {
  const faults = edges
    .filter(({ file, target }) => !production.includes(file) && isFile(target) && !inHouses(target))
    .filter(({ target }) => !target.startsWith('tests/setup/'))
    .map(({ file, target }) => `${file}: ${target}`);
  expect(faults.filter((fault) => !fault.endsWith('package.json'))).toEqual([]);
});

test('a vendor package is imported in its one room', () => {
  const faults = edges
    .filter(({ file, target }) => production.includes(file) && !isFile(target) && !target.startsWith('node:'))
    // The global setup of `llmproxy/vitest` is written against the types of its user's vitest.
    .filter(({ file, target }) => !(file.startsWith('mocks/vitest') && target === 'vitest'))
    .flatMap(({ file, target }) => sentence(file, vendorFault(file, target)));
  expect(faults).toEqual([]);
});

test('a builtin is imported under its node: name and a file with its .ts', () => {
  const faults = shipped.flatMap((file) =>
    importsOf(file)
      .filter(({ specifier }) => specifier.startsWith('.') && !/\.(?:ts|json)$/.test(specifier))
      .map(({ specifier }) => `${file}: ${specifier}`),
  );
  expect(faults).toEqual([]);
});

test('nothing but the setups of test runners has a default export', () => {
  const faults = shipped.filter((file) => /^export default\b/m.test(readSource(file)));
  expect(faults.filter((file) => !['mocks/vitest.ts', 'mocks/jest.ts'].includes(file))).toEqual([]);
});

test('no module holds state that changes', () => {
  const faults = production.flatMap((file) =>
    [...readSource(file).matchAll(/^(?:export )?(?:let|var) .*/gm)].map((match) => `${file}: ${match[0]}`),
  );
  expect(faults).toEqual([]);
});

test('the parser sees every form of import', () => {
  const text = [
    "import a, { b } from './a.ts';",
    "import type {\n  C,\n} from '../c/c.ts';",
    "import 'side-effect';",
    "export * from '@scope/name/deep';",
    "export { d } from 'node:fs';",
    "const e = await import('lazy/deep.js');",
    "type F = import('./f.ts').F;",
    "// import 'comment';",
    "const text = `from 'nowhere'`;",
  ].join('\n');
  expect(importsOf('proxy/core/x.ts', text).map(({ target }) => target)).toEqual([
    'proxy/core/a.ts',
    'proxy/c/c.ts',
    'side-effect',
    '@scope/name',
    'node:fs',
    'lazy',
    'proxy/core/f.ts',
  ]);
});

test('the import law refuses what it should', () => {
  expect(floorFault('proxy/core/a.ts', 'proxy/cache/b.ts')).toMatch(/may not import/);
  expect(floorFault('proxy/cache/a.ts', 'proxy/routing/b.ts')).toMatch(/may not import/);
  expect(floorFault('proxy/pipeline/a.ts', 'mocks/index.ts')).toMatch(/different houses/);
  expect(floorFault('mocks/cli.ts', 'proxy/index.ts')).toMatch(/different houses/);
  expect(floorFault('proxy/cli.ts', 'mocks/server/a.ts')).toMatch(/different houses/);
  expect(floorFault('proxy/cli.ts', 'mocks/cli.ts')).toBeUndefined();
  expect(floorFault('proxy/pipeline/a.ts', 'proxy/cache/b.ts')).toBeUndefined();
  expect(floorFault('proxy/app.ts', 'proxy/server/b.ts')).toBeUndefined();
  expect(vendorFault('proxy/cache/a.ts', 'ioredis')).toMatch(/lives in proxy\/redis alone/);
  expect(vendorFault('proxy/redis/lua/a.ts', 'ioredis')).toBeUndefined();
  expect(vendorFault('proxy/cache/a.ts', 'left-pad')).toMatch(/no room/);
});

function sentence(file: string, fault: string | undefined): string[] {
  return fault === undefined ? [] : [`${file}: ${fault}`];
}
