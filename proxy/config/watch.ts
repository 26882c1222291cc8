import { createHash } from 'node:crypto';
import { readFileSync, watch as watchFolder } from 'node:fs';
import { dirname } from 'node:path';

export interface WatchOptions {
  /** The file in use; left out for the built-in configuration, which only a signal reloads. */
  readonly path?: string;
  /** Told of SIGHUP and of a changed file. Calls follow one another: the next waits until this one has resolved. */
  readonly onChange: () => unknown;
  /** Told when the file can be watched no longer; SIGHUP still works then. */
  readonly onError?: (error: Error) => void;
  /** Quiet time after the last change before the file is read; editors write in several steps. Default 100 ms. */
  readonly debounceMs?: number;
}

export interface ConfigWatch {
  close(): void;
}

/** A hash of what stands in the file; undefined while there is none. */
function digestOf(path: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch {
    return undefined;
  }
}

/**
 * Calls `onChange` on SIGHUP and when the content of the file changes. The folder is watched, not the file: editors and
 * deployment tools put a new file in the old one's place, or turn a link. A file that is gone changes nothing.
 */
export function watchConfig({ path, onChange, onError, debounceMs = 100 }: WatchOptions): ConfigWatch {
  let last: Promise<unknown> = Promise.resolve();
  const notify = (): void => {
    // A listener that fails has reported it; the next change is another chance.
    last = last.then(() => onChange()).catch(() => undefined);
  };
  process.on('SIGHUP', notify);
  if (path === undefined) return { close: () => void process.off('SIGHUP', notify) };

  let digest = digestOf(path);
  let timer: NodeJS.Timeout | undefined;
  const compare = (): void => {
    const now = digestOf(path);
    if (now === undefined || now === digest) return;
    digest = now;
    notify();
  };
  const watcher = watchFolder(dirname(path), { persistent: false }, () => {
    clearTimeout(timer);
    timer = setTimeout(compare, debounceMs).unref();
  });
  watcher.on('error', (error) => onError?.(error));
  return {
    close() {
      clearTimeout(timer);
      watcher.close();
      process.off('SIGHUP', notify);
    },
  };
}
