// Runs before `npm start`, `npm run mock` and `npm test`, as plain JavaScript, so that an older Node can read it. The private
// workspace brings Node 24 on Linux and Windows; elsewhere the machine's own Node has to be new enough.
import process from 'node:process';

const [major = 0, minor = 0] = (process.argv[2] ?? process.versions.node).split('.').map(Number);

if (major < 22 || (major === 22 && minor < 20)) {
  process.stderr.write(
    `This repository needs Node.js 22.20 or newer, best 24; this is ${process.argv[2] ?? process.versions.node}. ` +
      'On Linux and Windows `npm ci` brings it; elsewhere install it from https://nodejs.org and run the command again.\n',
  );
  process.exitCode = 1;
}
