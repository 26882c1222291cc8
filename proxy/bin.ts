#!/usr/bin/env node
// The only file that an older Node has to understand: it says what is missing before anything newer is loaded.
import process from 'node:process';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 20)) {
  process.stderr.write(`llmproxy needs Node.js 22.20 or newer; this is ${process.versions.node}.\n`);
  process.exitCode = 1;
} else {
  // `llmproxy print-config | head`: what reads the output has had enough, and nothing is left to do.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  // Compiled code is kept between runs (in the system's temporary folder): half of the time to the ready line.
  const { enableCompileCache } = await import('node:module');
  enableCompileCache();
  const { runCli } = await import('./cli.ts');
  process.exitCode = await runCli(process.argv.slice(2));
}
