import type { PurgeMark, PurgeResult, Store } from './store.ts';
import type { Recording } from './types.ts';

/** Stands in for a shared store where none is configured: finds nothing, keeps nothing. */
export class NoneStore implements Store {
  prepare(_key: string): Promise<void> {
    return Promise.resolve();
  }

  mark(_key: string): PurgeMark {
    return { epoch: 0 };
  }

  get(_key: string): undefined {
    return undefined;
  }

  set(_key: string, _recording: Recording, _mark: PurgeMark): Promise<boolean> {
    return Promise.resolve(false);
  }

  purge(_prefix: string, _onKey?: (key: string) => void): Promise<PurgeResult> {
    return Promise.resolve({ deleted: 0, complete: true });
  }

  forgetAnswer(_answerId: string): Promise<void> {
    return Promise.resolve();
  }
}
