import { globSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** What a declaration file imports, re-exports or names in an inline `import('…')` type, as paths relative to it. */
const RELATIVE_IMPORT = /(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g;

/**
 * Removes the declarations that no published entry leads to: they describe the inside of the package, and no user can
 * import it. `entries` are paths of `.d.ts` files in `folder`. Returns how many were removed.
 */
export function pruneDeclarations(folder: string, entries: readonly string[]): number {
  const needed = new Set<string>();
  const open = entries.map((entry) => resolve(folder, entry));
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (needed.has(file)) continue;
    needed.add(file);
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(RELATIVE_IMPORT)) {
      if (!path.endsWith('.json')) open.push(resolve(dirname(file), path.replace(/\.[jt]s$/, '.d.ts')));
    }
  }
  const unneeded = globSync('**/*.d.ts', { cwd: folder }).filter((path) => !needed.has(resolve(folder, path)));
  for (const path of unneeded) rmSync(join(folder, path));
  return unneeded.length;
}
