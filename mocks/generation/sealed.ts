import { createCipheriv, createDecipheriv, createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Random } from './random.ts';

/** What is sealed: reasoning that only the provider reads. */
export interface SealedReasoning {
  readonly tokens: number;
  readonly text: string;
}

// The same in every mock: what one endpoint of a fleet has sealed, another can read. It guards nothing.
const KEY = createHash('sha256').update('llmproxy mock reasoning').digest();
const SIGNING = KEY.subarray(0, 16);
const SECRET = KEY.subarray(16);
const HEAD_BYTES = 25;
const SIGNATURE_BYTES = 32;

const signature = (bytes: Buffer): Buffer => createHmac('sha256', SIGNING).update(bytes).digest();

/** A Fernet token (version 0x80, second, IV, AES-128-CBC, HMAC-SHA-256): it begins with `gAAAAA`, as the provider's do. */
export function seal(reasoning: SealedReasoning, random: Random, nowSeconds: number): string {
  const iv = Buffer.from(random.hex(32), 'hex');
  const head = Buffer.alloc(9);
  head[0] = 0x80;
  head.writeBigUInt64BE(BigInt(nowSeconds), 1);
  const cipher = createCipheriv('aes-128-cbc', SECRET, iv);
  const body = Buffer.concat([head, iv, cipher.update(JSON.stringify(reasoning)), cipher.final()]);
  const text = Buffer.concat([body, signature(body)]).toString('base64');
  return text.replaceAll('+', '-').replaceAll('/', '_');
}

/** What was sealed; undefined when it was not sealed here, or was changed. */
export function unseal(text: string): SealedReasoning | undefined {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length < HEAD_BYTES + SIGNATURE_BYTES) return undefined;
  const body = bytes.subarray(0, -SIGNATURE_BYTES);
  if (!timingSafeEqual(signature(body), bytes.subarray(-SIGNATURE_BYTES))) return undefined;
  const decipher = createDecipheriv('aes-128-cbc', SECRET, body.subarray(9, HEAD_BYTES));
  const plain = Buffer.concat([decipher.update(body.subarray(HEAD_BYTES)), decipher.final()]);
  return JSON.parse(plain.toString()) as SealedReasoning;
}
