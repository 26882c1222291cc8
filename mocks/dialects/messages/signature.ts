import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { DialectContext } from '../reply.ts';

// The same in every mock: what one endpoint of a fleet has signed, another can verify. It guards nothing.
const KEY = createHash('sha256').update('llmproxy mock thinking').digest();
/** Makes the text begin as the provider's signatures do. */
const HEAD = Buffer.from([0x12, 0xa9]);
const REDACTED_HEAD = Buffer.from([0x12, 0xa6]);
const NONCE_BYTES = 16;

/** Where a block of thinking belongs: it is of use nowhere else. */
export interface Signing {
  /** Snapshot of the model. */
  readonly model: string;
  readonly organization: string;
  readonly tenant: string;
  /** Index of the block in its message. */
  readonly position: number;
}

export function signingAt(
  model: string,
  position: number,
  { organization, tenant = '' }: Pick<DialectContext, 'organization' | 'tenant'>,
): Signing {
  return { model, organization, tenant, position };
}

/** Three digests of 64 bytes, each of the one before it. */
function digest({ model, organization, tenant, position }: Signing, text: string): Buffer {
  let last = Buffer.from(JSON.stringify([model, organization, tenant, position, text]));
  const parts = Array.from({ length: 3 }, () => (last = createHmac('sha512', KEY).update(last).digest()));
  return Buffer.concat(parts);
}

function equal(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/** The signature of a block of thinking. */
export function signatureOf(signing: Signing, text: string): string {
  return Buffer.concat([HEAD, digest(signing, text)]).toString('base64');
}

export function isSigned(signing: Signing, text: string, signature: string): boolean {
  return equal(Buffer.from(signature, 'base64'), Buffer.concat([HEAD, digest(signing, text)]));
}

/** `data` of redacted thinking; `nonce` makes it differ from call to call. */
export function redactedData(signing: Signing, nonce: string): string {
  const bytes = Buffer.from(nonce.padEnd(NONCE_BYTES * 2, '0').slice(0, NONCE_BYTES * 2), 'hex');
  return Buffer.concat([REDACTED_HEAD, bytes, digest(signing, bytes.toString('hex'))]).toString('base64');
}

export function isRedactedData(signing: Signing, data: string): boolean {
  const nonce = Buffer.from(data, 'base64').subarray(REDACTED_HEAD.length, REDACTED_HEAD.length + NONCE_BYTES);
  return equal(Buffer.from(data, 'base64'), Buffer.from(redactedData(signing, nonce.toString('hex')), 'base64'));
}
