import type { Random } from '../dialects/reply.ts';

const HINT_CHARACTERS = 4;
const SECRET_BYTES = 32;

/** A secret of an endpoint, and what is shown of it afterwards. */
export function newSecret(random: Random): { readonly secret: string; readonly hint: string } {
  const secret = `whsec_${Buffer.from(random.hex(SECRET_BYTES * 2), 'hex').toString('base64')}`;
  return { secret, hint: `whsec_...${secret.slice(-HINT_CHARACTERS)}` };
}
