import { expect, test } from 'vitest';
import { readSource, repositoryFiles } from './sources.ts';

interface Locked {
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lockFiles = repositoryFiles().filter((file) => file.endsWith('package-lock.json'));

test('a lock file names no registry host, so every registry will do', () => {
  const hosts = lockFiles.filter((file) => /"resolved": "https?:/.test(readSource(file)));
  expect(lockFiles).toContain('package-lock.json');
  expect(hosts).toEqual([]);
});

test.each(['package-lock.json', 'site/package-lock.json'])(
  '%s holds the native builds of every platform, else npm ci refuses it',
  (file) => {
    const { packages } = JSON.parse(readSource(file)) as { packages: Record<string, Locked> };
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
      ),
    );
    expect(missing, 'run `node tools/complete-lock.ts`').toEqual([]);
  },
);
