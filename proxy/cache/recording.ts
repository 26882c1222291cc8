import type { Recording } from './types.ts';

/** The events of a recorded stream, as views into its bytes. */
export function eventsOf(recording: Recording): Buffer[] {
  let start = 0;
  return recording.ends.map((end) => {
    const event = recording.bytes.subarray(start, end);
    start = end;
    return event;
  });
}

/** When the recording leaves its store, in epoch milliseconds: a refusal at its end, an answer `staleMs` later. */
export function leavesAt({ expiresAt, refusal }: Recording, staleMs: number): number {
  return refusal === undefined ? expiresAt + staleMs : expiresAt;
}

/** Joins chunks into memory of their own: a slice would keep the whole socket buffer under it alive, uncounted. */
export function ownBytes(chunks: readonly Buffer[]): Buffer {
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  const bytes = Buffer.allocUnsafeSlow(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
