import { randomBytes, randomUUID } from 'node:crypto';

/** 32 hexadecimal digits after `req_`, the form of the providers' request ids: a random UUID, whose entropy Node keeps in stock. */
export function newRequestId(): string {
  const uuid = randomUUID();
  return `req_${uuid.slice(0, 8)}${uuid.slice(9, 13)}${uuid.slice(14, 18)}${uuid.slice(19, 23)}${uuid.slice(24)}`;
}

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** That many random letters and digits of ASCII. For names, not for secrets: some come a little more often than others. */
export function randomAlphanumeric(length: number): string {
  let text = '';
  for (const byte of randomBytes(length)) text += ALPHANUMERIC[byte % ALPHANUMERIC.length] ?? '';
  return text;
}
