import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { json } from '../json.ts';
import { isBody } from '../validate.ts';

/** The text that stands in for a signature that a client does not have; Google's documentation names it. */
export const STAND_IN = 'skip_thought_signature_validator';

// The same in every mock: what one endpoint of a fleet has signed, another accepts. It guards nothing.
const KEY = createHash('sha256').update('llmproxy mock thought signatures').digest();
const VERSION = 0x12;
const DIGEST_BYTES = 16;
const MAC_BYTES = 32;
const LENGTH = 2 + DIGEST_BYTES + MAC_BYTES;
const POSITION_MOST = 255;

/** Who signs, and where: signatures are good for one model and tenant, and not for an earlier place of a conversation. */
export interface Signer {
  readonly model: string;
  readonly tenant: string;
}

export type SignatureVerdict = 'good' | 'foreign' | 'other-text' | 'misplaced';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest().subarray(0, DIGEST_BYTES);

function mac(head: Buffer, { model, tenant }: Signer): Buffer {
  return createHmac('sha256', KEY)
    .update(`${json([model, tenant])}\n`)
    .update(head)
    .digest();
}

/** `position`: turns of the user before the part. */
export function sign(text: string, position: number, signer: Signer): string {
  const head = Buffer.concat([Buffer.from([VERSION, Math.min(position, POSITION_MOST)]), digest(text)]);
  return Buffer.concat([head, mac(head, signer)]).toString('base64');
}

/** Whether this mock signed it for this model and tenant, this text, and a place no later than `position`. */
export function verify(signature: string, text: string, position: number, signer: Signer): SignatureVerdict {
  if (signature === STAND_IN) return 'good';
  const bytes = Buffer.from(signature, 'base64');
  const head = bytes.subarray(0, -MAC_BYTES);
  const own =
    bytes.length === LENGTH && head[0] === VERSION && timingSafeEqual(mac(head, signer), bytes.subarray(-MAC_BYTES));
  if (!own) return 'foreign';
  // A client may have left out the beginning of the conversation, so that a part comes earlier than it was signed for.
  if (Math.min(position, POSITION_MOST) > (head[1] ?? 0)) return 'misplaced';
  return timingSafeEqual(digest(text), head.subarray(2)) ? 'good' : 'other-text';
}

/** JSON of a value whatever the order of its members: clients parse arguments and write them anew. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (!isBody(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .toSorted()
      .map((name) => [name, canonical(value[name])]),
  );
}

/** What is signed of a call. */
export function signedCall(name: string, args: unknown): string {
  return `call ${name} ${json(canonical(args ?? {}))}`;
}
