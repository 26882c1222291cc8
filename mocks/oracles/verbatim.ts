import type { JournalEntry } from '../journal/entry.ts';
import { eventHash } from '../journal/trace.ts';

export interface VerbatimVerdict {
  readonly same: boolean;
  /** What differs, in a sentence; empty when nothing does. */
  readonly difference: string;
}

/**
 * Whether what a client received is, byte for byte, what the mock sent: the proof that a proxy passes bytes on.
 * The entry needs its trace: start the mock with `trace: true`.
 */
export function verbatim(received: Uint8Array | string, { id, events }: JournalEntry): VerbatimVerdict {
  if (events === undefined) {
    throw new Error(`the journal has no trace of ${id}: start the mock with trace: true, or call trace(true) before`);
  }
  const bytes = typeof received === 'string' ? Buffer.from(received) : received;
  let at = 0;
  for (const [index, event] of events.entries()) {
    const slice = bytes.subarray(at, at + event.bytes);
    if (slice.length < event.bytes) {
      return { same: false, difference: `event ${index} of ${events.length} is missing or short, from byte ${at}` };
    }
    if (eventHash(slice) !== event.sha256) {
      return { same: false, difference: `event ${index} of ${events.length} differs, from byte ${at}` };
    }
    at += event.bytes;
  }
  if (at === bytes.length) return { same: true, difference: '' };
  return { same: false, difference: `${bytes.length - at} bytes more than were sent, from byte ${at}` };
}
