import { isatty } from 'node:tty';

import { destination, symbols } from 'pino';

/** Where finished lines go, one line a call. */
export interface LogSink {
  /** `urgent` lines are written at once, others within a tenth of a second. */
  write(line: string, urgent: boolean): void;
  /** Writes what is held back, before the process ends. */
  flush(): void;
  /** Whether a person reads along. */
  readonly terminal?: boolean;
}

/** Each write is a trip to another thread; half of what a pipe holds. */
const BLOCK = 32_768;
const HOLD_MS = 100;

/** Writes to a file descriptor in blocks: one system call for many lines is what keeps an access log cheap. */
export function descriptorSink(fd: number): LogSink {
  // In the mode for bytes a block is encoded once; strings are encoded again for each question about their length.
  const stream = destination({ fd, sync: false, contentMode: 'buffer' });
  // Its types know of strings alone.
  const write = stream.write.bind(stream) as unknown as (bytes: Buffer) => boolean;
  const last = destination({ fd, sync: true });
  let held = '';
  let timer: NodeJS.Timeout | undefined;
  const release = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (held !== '') write(Buffer.from(held));
    held = '';
  };
  return {
    terminal: isatty(fd),
    write(line, urgent) {
      held += line;
      if (urgent || held.length >= BLOCK) release();
      else timer ??= setTimeout(release, HOLD_MS);
    },
    flush() {
      clearTimeout(timer);
      timer = undefined;
      stream.flushSync();
      // The process ends: there is no time to wait for another thread.
      if (held !== '') last.write(held);
      held = '';
    },
  };
}

/** Marks a stream that wants to be told the level of each line. */
export const NEEDS_METADATA = symbols.needsMetadataGsym;
