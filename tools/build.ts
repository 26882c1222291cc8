// Compiles what is published: `node tools/build.ts [--out FOLDER]` (default dist). tsc compiles, the dashboard
// with the types of a browser; its style sheet and the mock's vocabularies are copied, entries for CommonJS are written, declarations that no published entry leads to are left out, and the command's entry file gets its executable bit.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeCommonJs } from './commonjs.ts';
import { pruneDeclarations } from './declarations.ts';

const VOCABULARIES = 'mocks/generation/vocabularies';
const STYLE = 'proxy/dashboard/style.css';
const SHEBANG = '#!/usr/bin/env node\n';
const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, 'dist') } } });

rmSync(values.out, { recursive: true, force: true });
const compiler = join(root, 'node_modules/typescript/bin/tsc');
const status = compiled('tsconfig.build.json') || compiled('tsconfig.build-dashboard.json');
if (status === 0) {
  cpSync(join(root, STYLE), join(values.out, STYLE));
  cpSync(join(root, VOCABULARIES), join(values.out, VOCABULARIES), { recursive: true });
  writeCommonJs(values.out);
  pruneDeclarations(values.out, publishedDeclarations());
  makeExecutable(join(values.out, 'proxy/bin.js'));
}
process.exitCode = status;

/** Runs the compiler and gives its exit code. */
function compiled(project: string): number {
  const { status } = spawnSync(process.execPath, [compiler, '-p', project, '--outDir', values.out], {
    cwd: root,
    stdio: 'inherit',
  });
  return status ?? 1;
}

/** The entries of package.json's `exports`, as paths in the output folder. */
function publishedDeclarations(): string[] {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, string | { types: string }>;
  };
  const entries = Object.values(manifest.exports).filter((entry) => typeof entry !== 'string');
  return entries.map(({ types }) => types.replace('./dist/', ''));
}

function makeExecutable(file: string): void {
  const text = readFileSync(file, 'utf8');
  if (!text.startsWith(SHEBANG)) writeFileSync(file, SHEBANG + text);
  chmodSync(file, 0o755);
}
