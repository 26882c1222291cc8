import type { Readable } from 'node:stream';
import type { LogSink } from '../telemetry/log-sink.ts';

/** A line that is longer is written in pieces, in bytes. */
const MOST_HELD = 1024 * 1024;
const NEWLINE = 10;

/** Writes what a worker says to the log of the primary, whole lines at a time: blocks of several processes in one pipe would tear them. */
export function relayLines(from: Readable, sink: LogSink): void {
  let held: Buffer[] = [];
  let size = 0;
  const write = (bytes: Buffer): void => {
    if (bytes.length > 0) sink.write(bytes.toString('utf8'), true);
  };
  from.on('data', (chunk: Buffer) => {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > 0 || size > MOST_HELD) {
      write(Buffer.concat([...held, chunk.subarray(0, end)]));
      held = [];
      size = 0;
    }
    if (end < chunk.length) held.push(chunk.subarray(end));
    size += chunk.length - end;
  });
  from.on('end', () => write(Buffer.concat(held)));
  // The worker is gone.
  from.on('error', () => undefined);
}
