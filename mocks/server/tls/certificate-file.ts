import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfSigned } from './certificate.ts';
import type { Certificate } from './certificate.ts';

const LOCAL = ['localhost', '127.0.0.1', '::1'];

/** The certificate of the servers of one fleet: one file for all of them, there while one of them runs. */
export class CertificateFile {
  readonly made: Certificate;
  readonly path: string;
  readonly #folder: string;
  #users = 0;

  /** `hosts`: besides the local ones. */
  constructor(hosts: readonly string[], now: number) {
    this.made = selfSigned([...new Set([...LOCAL, ...hosts])], now);
    this.#folder = mkdtempSync(join(tmpdir(), 'llmproxy-mock-'));
    this.path = join(this.#folder, 'certificate.pem');
    writeFileSync(this.path, this.made.cert);
  }

  acquire(): this {
    this.#users += 1;
    return this;
  }

  release(): void {
    this.#users -= 1;
    if (this.#users === 0) rmSync(this.#folder, { recursive: true, force: true });
  }
}
