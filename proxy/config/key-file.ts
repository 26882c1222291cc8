import { readFileSync } from 'node:fs';

import { Secret } from '../core/secret.ts';
import type { Findings } from './findings.ts';
import type { Path } from './path.ts';

const MIN_BYTES = 32;

/** The secret in the file at `path`, without white space at its end; undefined when no file is named or it has a fault. */
export function keyFromFile(path: string, place: Path, findings: Findings): Secret | undefined {
  if (path === '') return undefined;
  if (!findings.readsFiles) return findings.unread(place);
  let key: string;
  try {
    key = readFileSync(path, 'latin1').trimEnd();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
    findings.fault(place, `expected a file that can be read, found none (${code})`);
    return undefined;
  }
  if (key.length < MIN_BYTES) {
    findings.fault(
      place,
      `expected a file with at least ${MIN_BYTES} bytes, such as \`openssl rand -hex 32\` writes, found ${key.length}`,
    );
    return undefined;
  }
  return new Secret(key);
}
