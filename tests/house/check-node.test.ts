import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSource, ROOT } from './sources.ts';

const check = (version: string, platform = 'linux-x64') =>
  spawnSync(process.execPath, [join(ROOT, 'tools/check-node.js'), version, platform], { encoding: 'utf8' });

test.each(['18.20.0', '20.20.2', '22.19.0'])('Node %s is refused with a sentence that says what to do', (version) => {
  const { status, stderr } = check(version);
  expect(status).toBe(1);
  expect(stderr).toContain(`this is ${version}`);
  expect(stderr).toMatch(/install it from .*\n$/);
});

test.each([
  ['linux-x64', true],
  ['darwin-arm64', true],
  ['win32-x64', true],
  ['linux-arm', false],
  ['win32-arm64', false],
])('on %s the sentence says whether npm ci brings one: %s', (platform, isBrought) => {
  expect(check('20.20.2', platform).stderr.includes('Run `npm ci`, which brings one')).toBe(isBrought);
});

test.each(['22.20.0', '24.0.0', process.versions.node])('Node %s is taken without a word', (version) => {
  expect(check(version)).toMatchObject({ status: 0, stderr: '', stdout: '' });
});

test('start, mock and test look at the Node first', () => {
  const { scripts } = JSON.parse(readSource('package.json')) as { scripts: Record<string, string> };
  expect(['prestart', 'premock', 'pretest'].map((name) => scripts[name])).toEqual(
    Array.from({ length: 3 }, () => 'node tools/check-node.js'),
  );
});
