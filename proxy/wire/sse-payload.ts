import { dataRanges, type DataRange } from './sse-event.ts';

/** An event's payload, and where each of its bytes stands in the event. */
export interface Payload {
  readonly bytes: Buffer;
  /** Offset in the event of the byte at `at` in the payload. */
  placeOf(at: number): number;
}

/** The payload of an event: a slice for one `data` line, a copy joined with LF for several, undefined for none. */
export function payloadOf(event: Buffer): Payload | undefined {
  const ranges = dataRanges(event);
  const [first] = ranges;
  if (first === undefined) return undefined;
  if (ranges.length === 1) {
    return { bytes: event.subarray(first.start, first.end), placeOf: (at) => first.start + at };
  }
  const lines = ranges.map(({ start, end }) => event.toString('latin1', start, end));
  return { bytes: Buffer.from(lines.join('\n'), 'latin1'), placeOf: (at) => placeIn(ranges, at) };
}

function placeIn(ranges: readonly DataRange[], at: number): number {
  let rest = at;
  for (const { start, end } of ranges) {
    if (rest <= end - start) return start + rest;
    rest -= end - start + 1;
  }
  throw new RangeError(`The payload has no byte ${at}.`);
}
