import type { Loaded } from './load.ts';
import { digestOf } from './watch.ts';

/** The configuration that a proxy starts with. */
export interface FirstLoad {
  readonly loaded: Loaded;
  /** What the file was before it was read; undefined where there is none. */
  readonly digest: string | undefined;
}

/** Reads the configuration. The digest comes first: a change while the proxy starts is then seen afterwards. */
export function firstOf({ load, path }: { readonly load: () => Loaded; readonly path?: string }): FirstLoad {
  const digest = path === undefined ? undefined : digestOf(path);
  return { digest, loaded: load() };
}
