// Compiles what is published: `node tools/build.ts [--out FOLDER]` (default dist). tsc does all of it; the command's entry
// file gets its executable bit.
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const SHEBANG = '#!/usr/bin/env node\n';
const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, 'dist') } } });

rmSync(values.out, { recursive: true, force: true });
const compiler = join(root, 'node_modules/typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', values.out], {
  cwd: root,
  stdio: 'inherit',
});
if (status === 0) makeExecutable(join(values.out, 'proxy/bin.js'));
process.exitCode = status ?? 1;

function makeExecutable(file: string): void {
  const text = readFileSync(file, 'utf8');
  if (!text.startsWith(SHEBANG)) writeFileSync(file, SHEBANG + text);
  chmodSync(file, 0o755);
}
