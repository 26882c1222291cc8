import type { Endpoint } from '../routing/types.ts';

/** Shorter values are too likely to be ordinary words. */
const SHORTEST = 6;
const MASK = '***';

/** An error body without the endpoint's credential and configured headers, in case it repeats them; else the same buffer. */
export function withoutOwnSecrets(body: Buffer, { credential, headers }: Endpoint): Buffer {
  const secrets = [...Object.values(headers), ...(credential.kind === 'key' ? [credential.value] : [])];
  const told = secrets.filter((secret) => secret.length >= SHORTEST && body.includes(secret));
  if (told.length === 0) return body;
  // latin1 maps every byte to one character and back.
  const clean = told.reduce((text, secret) => text.replaceAll(secret, MASK), body.toString('latin1'));
  return Buffer.from(clean, 'latin1');
}
