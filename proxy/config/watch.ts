import { createHash } from 'node:crypto';
import { type BigIntStats, readFileSync, watch as watchFolder } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface WatchOptions {
  /** The file in use; left out for the built-in configuration, which only a signal reloads. */
  readonly path?: string;
  /** Hash of what was loaded. Default: of what stands in the file now. */
  readonly loaded?: string | undefined;
  /** Told of SIGHUP and of a changed file. Calls follow one another: the next waits until this one has resolved. */
  readonly onChange: () => unknown;
  /** Told when the system reports no changes of the folder; polling and SIGHUP still work then. */
  readonly onError?: (error: unknown) => void;
  /** Quiet time after the last change before the file is read; editors write in several steps. Default 100 ms. */
  readonly debounceMs?: number;
  /** Pause between two looks at the file itself. Default 2 s. */
  readonly pollMs?: number;
}

export interface ConfigWatch {
  close(): void;
}

/** A hash of what stands in the file; undefined while there is none. */
export function digestOf(path: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch {
    return undefined;
  }
}

/**
 * Calls `onChange` on SIGHUP and when the content of the file changes. The folder is watched, not the file: editors and
 * deployment tools put a new file in the old one's place, or turn a link. The file itself is polled too: a change of a
 * file that is mounted alone into a container, or over a network, is reported for no folder of ours. A file that is gone
 * changes nothing.
 */
export function watchConfig(options: WatchOptions): ConfigWatch {
  const { path, onChange, onError, debounceMs = 100, pollMs = 2_000 } = options;
  let last: Promise<unknown> = Promise.resolve();
  const notify = (): void => {
    // A listener that fails has reported it; the next change is another chance.
    last = last.then(() => onChange()).catch(() => undefined);
  };
  process.on('SIGHUP', notify);
  if (path === undefined) return { close: () => void process.off('SIGHUP', notify) };

  let digest = options.loaded ?? digestOf(path);
  let timer: NodeJS.Timeout | undefined;
  const compare = (): void => {
    const now = digestOf(path);
    if (now === undefined || now === digest) return;
    digest = now;
    notify();
  };
  const compareSoon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(compare, debounceMs).unref();
  };
  const stopPolling = pollIdentity(path, pollMs, compareSoon);
  const stopWatching = watchFolderOf(path, compareSoon, onError);
  return {
    close() {
      clearTimeout(timer);
      stopPolling();
      stopWatching();
      process.off('SIGHUP', notify);
    },
  };
}

/** Calls `onStir` for whatever happens in the file's folder; returns the end of that. */
function watchFolderOf(path: string, onStir: () => void, onError: WatchOptions['onError']): () => void {
  try {
    const watcher = watchFolder(dirname(path), { persistent: false }, onStir);
    watcher.on('error', (error) => onError?.(error));
    return () => watcher.close();
  } catch (error) {
    // No inotify left, or no such folder.
    onError?.(error);
    return () => undefined;
  }
}

/** Calls `onStir` when another file stands there or its time or size has changed; returns the end of that. */
function pollIdentity(path: string, pollMs: number, onStir: () => void): () => void {
  // Unknown at first: the first look compares the content whatever it finds.
  let identity: string | undefined;
  let looking = false;
  const look = async (): Promise<void> => {
    // A network file system may take longer than the pause between two looks.
    if (looking) return;
    looking = true;
    const now = await stat(path, { bigint: true }).then(identityOf, () => undefined);
    looking = false;
    if (now === undefined || now === identity) return;
    identity = now;
    onStir();
  };
  const timer = setInterval(() => void look(), pollMs).unref();
  return () => clearInterval(timer);
}

function identityOf(found: BigIntStats): string {
  return [found.dev, found.ino, found.mtimeNs, found.ctimeNs, found.size].join(' ');
}
