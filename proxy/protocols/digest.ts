import { hash } from 'node:crypto';

/** Names an opaque value that an answer carries and a later request brings back (a signature), without keeping it. */
export function sealName(value: string): string {
  return `seal:${hash('sha256', value, 'hex').slice(0, 32)}`;
}
