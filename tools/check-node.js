// Runs before `npm start`, `npm run mock` and `npm test`, as plain JavaScript, so that an older Node can read it. The private
// workspace tools/node-runtime brings a Node where npm has one for the platform; elsewhere the machine's own has to be new enough.
import { readFileSync } from 'node:fs';
import process from 'node:process';

// Arguments stand for this machine in tests.
const [version = process.versions.node, platform = `${process.platform}-${process.arch}`] = process.argv.slice(2);
const [major = 0, minor = 0] = version.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 20)) {
  const runtime = JSON.parse(readFileSync(new URL('./node-runtime/package.json', import.meta.url), 'utf8'));
  const name = platform.replace('win32', 'win');
  const isBrought = Object.keys(runtime.optionalDependencies).some((dependency) => dependency.endsWith(`-${name}`));
  const hint = isBrought
    ? 'Run `npm ci`, which brings one (on Linux where the C library is glibc), or install'
    : `None comes with \`npm ci\` for ${platform}: install`;
  process.stderr.write(
    `This repository needs Node.js 22.20 or newer; this is ${version}. ${hint} it from https://nodejs.org and run the command again.\n`,
  );
  process.exitCode = 1;
}
