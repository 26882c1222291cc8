import type { Random, StreamEvent } from '../reply.ts';

/** An event as it goes on the wire. */
export function eventOf(name: string, data: string, kind: StreamEvent['kind'], tokens = 0): StreamEvent {
  return { bytes: `event: ${name}\ndata: ${data}\n\n`, kind, tokens };
}

const MOST_SPACES = 15;

/** Compact JSON with 0 to 15 spaces before its last brace, as the provider hides the length of what it streams. */
export function padded(data: string, random: Random): string {
  return `${data.slice(0, -1)}${' '.repeat(Math.floor(random.next() * (MOST_SPACES + 1)))}}`;
}
