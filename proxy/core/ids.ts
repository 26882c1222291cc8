import { randomUUID } from 'node:crypto';

/** 32 hexadecimal digits after `req_`, the form of the providers' request ids: a random UUID, whose entropy Node keeps in stock. */
export function newRequestId(): string {
  return `req_${randomUUID().replaceAll('-', '')}`;
}
