import { hash } from 'node:crypto';

/** One event of an answer as it was handed to the socket. */
export interface EventTrace {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly bytes: number;
  /** SHA-256 of the event's bytes, its blank line included, in hexadecimal. */
  readonly sha256: string;
}

/** Events of one answer that are traced at most; what comes later is not. */
const TRACED_EVENTS = 20_000;

export function eventHash(bytes: Uint8Array | string): string {
  return hash('sha256', bytes, 'hex');
}

/** Notes an event; `bytes` as it goes on the wire. */
export function noteEvent(trace: EventTrace[], bytes: Buffer, at: number): void {
  if (trace.length < TRACED_EVENTS) trace.push({ at, bytes: bytes.length, sha256: eventHash(bytes) });
}
