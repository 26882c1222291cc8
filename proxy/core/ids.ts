import { randomUUID } from 'node:crypto';

/** 32 hexadecimal digits after `req_`, the form of the providers' request ids: a random UUID, whose entropy Node keeps in stock. */
export function newRequestId(): string {
  const uuid = randomUUID();
  return `req_${uuid.slice(0, 8)}${uuid.slice(9, 13)}${uuid.slice(14, 18)}${uuid.slice(19, 23)}${uuid.slice(24)}`;
}
