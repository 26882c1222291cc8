import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder of the running test; it is removed when the test ends. */
export function tempFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `llmproxy-${name}-`));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
