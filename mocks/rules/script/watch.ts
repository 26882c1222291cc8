import { unwatchFile, watchFile } from 'node:fs';
import { scriptFrom } from './load.ts';
import type { Script } from './script.ts';

const INTERVAL_MS = 100;

export interface ScriptWatch {
  readonly file: string;
  /** A changed file that can be used. */
  readonly onScript: (script: Script) => void;
  /** A changed file that cannot: the script in force stays. */
  readonly onRefusal: (error: unknown) => void;
  /** Default 100 ms. */
  readonly intervalMs?: number;
}

/** Looks at a file until it is told to stop, and reads it whenever it has changed. The process is not kept alive by it. */
export function watchScript({ file, onScript, onRefusal, intervalMs = INTERVAL_MS }: ScriptWatch): () => void {
  // By looking, not by events: that sees files which are replaced, linked or mounted alike.
  let quiet: NodeJS.Timeout | undefined;
  const look = (now: { readonly mtimeMs: number }): void => {
    clearTimeout(quiet);
    if (now.mtimeMs === 0) return;
    // A file that is being written is empty first: it is read once it has stood still for one look.
    quiet = setTimeout(() => void scriptFrom(file).then(onScript).catch(onRefusal), intervalMs).unref();
  };
  watchFile(file, { interval: intervalMs, persistent: false }, look);
  return () => {
    clearTimeout(quiet);
    unwatchFile(file, look);
  };
}
