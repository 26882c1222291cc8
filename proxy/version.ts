import { readFileSync } from 'node:fs';

/** The package's version: its package.json lies one folder up in the repository and two in the published build. */
export const VERSION: string = readVersion();

function readVersion(): string {
  const path = import.meta.url.endsWith('.ts') ? '../package.json' : '../../package.json';
  const manifest = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as { version: string };
  return manifest.version;
}
