import type { Command } from './command.ts';
import type { Keyspace } from './keyspace.ts';

export type ConnectionEvent = 'ready' | 'error' | 'close' | '-node';

/** What a probe has found. */
export interface Probed {
  /** What TIME has answered. */
  readonly time: unknown;
  /** Errors of the writes; empty where all were taken. */
  readonly errors: readonly unknown[];
}

/**
 * A connection that is not opened yet, reconnects by itself for ever, and keeps no command for a Redis that it is not connected
 * to. Deadlines are the callers' (`within`).
 */
export interface Connection {
  /** Whether the network has accepted it, on our side. */
  readonly isOpen: boolean;
  /** The nodes that hold keys; one that is undefined where there is one Redis. */
  readonly nodes: readonly (string | undefined)[];
  connect(): Promise<unknown>;
  /** Ends it, or with `reconnect` begins anew. */
  disconnect(reconnect?: boolean): void;
  quit(): Promise<unknown>;
  on(event: ConnectionEvent, listener: (error: Error) => void): void;
  /** Values of keys that carry one hash tag, read by one command. */
  readMany(keys: string[]): Promise<(Buffer | null)[]>;
  /** Answers in the order of the commands. Rejects with the first error. `node` for commands without a key. */
  run(commands: readonly Command[], node?: string): Promise<unknown[]>;
  /** The same with texts as buffers. */
  runForBuffers(commands: readonly Command[]): Promise<unknown[]>;
  /** Reads the clock and writes, on every node that holds keys. Rejects when the clock cannot be read. */
  probe(keys: Keyspace, lifeMs: number): Promise<Probed>;
  /** Bytes that have come in from where this key lies. */
  bytesReadFor(key: string | undefined): number;
  /** Finds out again which node is where. */
  lookAgain(): void;
}
