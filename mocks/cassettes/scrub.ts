import type { HeaderLines } from './cassette.ts';

/** Headers whose value is a secret, or says whose account it is. */
const SECRET_HEADERS = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'api-key',
  'x-api-key',
  'x-goog-api-key',
  'x-amz-security-token',
  'openai-organization',
  'openai-project',
]);
const SECRET_PARAMETERS = /([?&](?:key|api[-_]?key|token|access_token|sig|signature)=)([^&#]*)/gi;

/** What looks like a secret wherever it stands; the group is what is hidden. All classes are closed: linear time. */
const SHAPES: readonly RegExp[] = [
  /\b(?:sk|rk|pk|gsk|xai|hf|whsec)[-_]([\w*-]{6,})/g,
  /\bAIza([\w-]{20,})/g,
  /\bAKIA([0-9A-Z]{12,})/g,
  /\bgh[pousr]_(\w{16,})/g,
  /\bxox[abprs]-([\w-]{8,})/g,
  /\beyJ([\w-]{10,}\.[\w-]{4,}\.[\w-]*)/g,
  /\b(?:org|user)-(\w{16,})/g,
  /\bproj_(\w{16,})/g,
  /\b(?:Bearer|Basic)\s+([\w.~+/=-]{6,})/gi,
  /"(?:authorization|(?:x-)?api[-_]?key|access[-_]?token|refresh[-_]?token|client[-_]?secret|password|secret|cookie)"\s*:\s*"((?:[^"\\]|\\.)+)"/gi,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----([^-]+)/g,
];

/** Shorter values are too likely to be ordinary words. */
const SHORTEST_LITERAL = 6;
const SCRUBBED = 'scrubbed';

function masked(text: string): string {
  return 'x'.repeat(text.length);
}

/** Hides secrets. Texts keep their length, so that byte counts, and the borders between reads, stay what they were. */
export class Scrubber {
  readonly #literals = new Set<string>();

  /** Values of secret headers are secrets wherever else they stand. */
  learn(headers: HeaderLines): void {
    for (const [name, value] of headers) {
      if (!SECRET_HEADERS.has(name.toLowerCase())) continue;
      for (const word of value.split(/[\s;,]+/)) {
        const secret = word.slice(word.indexOf('=') + 1);
        if (secret.length >= SHORTEST_LITERAL && !/^(?:bearer|basic)$/i.test(secret)) this.#literals.add(secret);
      }
    }
  }

  headers(lines: HeaderLines): HeaderLines {
    return lines.map(([name, value]) => [name, SECRET_HEADERS.has(name.toLowerCase()) ? SCRUBBED : this.text(value)]);
  }

  url(url: string): string {
    return this.text(url.replaceAll(SECRET_PARAMETERS, (_all, name: string, value: string) => name + masked(value)));
  }

  /** For texts, and for bytes as `latin1`: secrets are ASCII. */
  text(text: string): string {
    let clean = text;
    // Shapes first: what has one looks the same afterwards, whichever key it was.
    for (const shape of SHAPES) {
      clean = clean.replaceAll(shape, (all: string, secret: string) => all.replace(secret, masked(secret)));
    }
    for (const secret of this.#literals) clean = clean.replaceAll(secret, masked(secret));
    return clean;
  }

  bytes(bytes: Buffer): Buffer {
    return Buffer.from(this.text(bytes.toString('latin1')), 'latin1');
  }

  /** Hides also what lies across the borders of the pieces. */
  pieces(pieces: readonly Buffer[]): readonly Buffer[] {
    const whole = this.bytes(Buffer.concat(pieces));
    let at = 0;
    return pieces.map(({ length }) => whole.subarray(at, (at += length)));
  }
}
