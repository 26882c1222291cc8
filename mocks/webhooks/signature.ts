import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/** The signature of one delivery as Standard Webhooks has it: of its id, its second and its very bytes. */
export function signatureOf(secret: string, id: string, seconds: number, body: string): string {
  const key = secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), 'base64') : Buffer.from(secret);
  return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`;
}
