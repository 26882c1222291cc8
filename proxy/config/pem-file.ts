import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { Secret } from '../core/secret.ts';
import type { CertifiedKey } from './config.ts';
import type { Findings } from './findings.ts';
import type { Path } from './path.ts';

function textOf(path: string, place: Path, findings: Findings): string | undefined {
  if (!findings.readsFiles) return findings.unread(place);
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
    findings.fault(place, `expected a file that can be read, found none (${code})`);
    return undefined;
  }
}

/** The certificates in the PEM file at `path`; undefined when no file is named or it has a fault. */
export function certificatesFromFile(path: string | undefined, place: Path, findings: Findings): string | undefined {
  const pem = path === undefined ? undefined : textOf(path, place, findings);
  if (pem === undefined) return undefined;
  try {
    // The first of them; those after it are read by the TLS library.
    void new X509Certificate(pem);
    return pem;
  } catch {
    findings.fault(place, 'expected a file with certificates in PEM, found something else');
    return undefined;
  }
}

interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

interface TlsPlaces {
  readonly cert: Path;
  readonly key: Path;
}

/** The certificate and the key that belongs to it; undefined when no files are named or they have a fault. */
export function certifiedKeyFromFiles(
  files: TlsFiles | undefined,
  places: TlsPlaces,
  findings: Findings,
): CertifiedKey | undefined {
  if (files === undefined) return undefined;
  const cert = certificatesFromFile(files.cert, places.cert, findings);
  const key = textOf(files.key, places.key, findings);
  if (cert === undefined || key === undefined) return undefined;
  try {
    if (new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) return { cert, key: new Secret(key) };
    findings.fault(places.key, 'expected the private key of the certificate, found the key of another one');
  } catch {
    findings.fault(places.key, 'expected a file with a private key in PEM without a passphrase, found something else');
  }
  return undefined;
}
