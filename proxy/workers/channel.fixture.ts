import { deserialize, serialize } from 'node:v8';
import type { Port } from './channel.ts';

/** Two ends of a line between processes, in one process: messages are copied and come later, as they do over a pipe. */
export function pairOfPorts(): {
  readonly ports: readonly [Port, Port];
  /** Says who hears what the first and the second port send. */
  readonly connect: (byFirst: (message: unknown) => void, bySecond: (message: unknown) => void) => void;
  /** Messages that were sent so far. */
  readonly sent: () => number;
  /** Nothing is heard any more. */
  readonly cut: () => void;
} {
  let heardBy: readonly ((message: unknown) => void)[] = [];
  let sent = 0;
  let connected = true;
  const portTo = (hearer: number): Port => ({
    get connected() {
      return connected;
    },
    send(message, done) {
      sent += 1;
      const copy: unknown = deserialize(serialize(message));
      setImmediate(() => {
        if (connected) heardBy[hearer]?.(copy);
        done(null);
      });
    },
  });
  return {
    ports: [portTo(0), portTo(1)],
    connect: (byFirst, bySecond) => (heardBy = [byFirst, bySecond]),
    sent: () => sent,
    cut: () => (connected = false),
  };
}
