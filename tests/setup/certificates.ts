import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { selfSigned } from '../../mocks/server/tls/certificate.ts';

export interface CertificateFiles {
  /** PEM. */
  readonly pem: string;
  readonly cert: string;
  readonly key: string;
}

/** A new certificate for the local names, in files that are there until the test ends. */
export function certificateFiles(): CertificateFiles {
  const folder = mkdtempSync(join(tmpdir(), 'llmproxy-tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const made = selfSigned(['localhost', '127.0.0.1'], Date.now());
  const files = { pem: made.cert, cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  writeFileSync(files.cert, made.cert);
  writeFileSync(files.key, made.key);
  return files;
}
