import type { Generation, PurgeResult, Store } from './store.ts';
import type { Recording } from './types.ts';

/** The store of those who have none: finds nothing, keeps nothing. */
export class NoneStore implements Store {
  prepare(_key: string): Promise<void> {
    return Promise.resolve();
  }

  generation(_key: string): Generation {
    return { epoch: 0 };
  }

  get(_key: string): undefined {
    return undefined;
  }

  set(_key: string, _recording: Recording, _generation: Generation): Promise<boolean> {
    return Promise.resolve(false);
  }

  purge(_prefix: string, _onKey?: (key: string) => void): Promise<PurgeResult> {
    return Promise.resolve({ deleted: 0, complete: true });
  }
}
