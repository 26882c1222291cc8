import { randomBytes } from 'node:crypto';

/** 32 random hexadecimal digits after `req_`, the form of the providers' request ids. */
export function newRequestId(): string {
  return `req_${randomBytes(16).toString('hex')}`;
}
