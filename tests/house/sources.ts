import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

export interface Import {
  /** As written: `./a.ts`, `node:fs`, `undici`. */
  readonly specifier: string;
  /** Repository path for relative imports, package name for the others, `node:…` for builtins. */
  readonly target: string;
}

/** Repository paths of the files that git knows or would take, below `folder` ('' = all). */
export function repositoryFiles(folder = ''): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '--', folder === '' ? '.' : folder];
  const listed = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 26 });
  return [...new Set(listed.split('\n'))].filter((file) => file !== '' && existsSync(join(ROOT, file))).toSorted();
}

export function sourceFiles(...folders: string[]): string[] {
  return folders.flatMap((folder) => repositoryFiles(folder)).filter((file) => file.endsWith('.ts'));
}

export function readSource(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

const STATEMENT = /^(?:import|export)\s(?:[^'";]*?\sfrom\s)?\s*['"]([^'"]+)['"]/gm;
const EXPRESSION = /\bimport\(\s*['"]([^'"]+)['"]/g;

/** Every import of a file: statements, re-exports, `import()` in code and in types. oxfmt keeps statements at column 0. */
export function importsOf(file: string, text = readSource(file)): Import[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
  const specifiers = [STATEMENT, EXPRESSION].flatMap((pattern) =>
    [...code.matchAll(pattern)].map((match) => match[1]!),
  );
  return specifiers.map((specifier) => ({ specifier, target: targetOf(file, specifier) }));
}

function targetOf(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(file), specifier);
  if (specifier.startsWith('node:')) return specifier;
  const [scope, name] = specifier.split('/');
  return specifier.startsWith('@') ? `${scope}/${name}` : scope!;
}
