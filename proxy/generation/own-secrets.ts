import type { Endpoint } from '../routing/types.ts';

/** Shorter values are too likely to be ordinary words. */
const SHORTEST = 6;
const MASK = '***';

/** What is sent to the endpoint and is nobody else's business; longest first, as one may be a part of another. */
export function ownSecrets({ credential, headers }: Endpoint): string[] {
  const secrets = [...Object.values(headers), ...(credential.kind === 'key' ? [credential.value] : [])];
  return secrets.filter(({ length }) => length >= SHORTEST).toSorted((a, b) => b.length - a.length);
}

/** An error body without the endpoint's credential and configured headers, in case it repeats them; else the same buffer. */
export function withoutOwnSecrets(body: Buffer, endpoint: Endpoint): Buffer {
  const told = ownSecrets(endpoint).filter((secret) => body.includes(secret));
  if (told.length === 0) return body;
  // latin1 maps every byte to one character and back.
  const clean = told.reduce((text, secret) => text.replaceAll(secret, MASK), body.toString('latin1'));
  return Buffer.from(clean, 'latin1');
}
