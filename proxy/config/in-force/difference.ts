import type { RowValue, Setting, SettingSource } from './row.ts';

/** A setting that would have another value. */
export interface DifferenceRow {
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly secret: boolean;
  /** Left out for what is added. A credential is `***`, also where another one takes its place. */
  readonly before?: RowValue;
  /** Left out for what is removed. */
  readonly after?: RowValue;
  /** Where the new value comes from; of what is removed, where the old one came from. */
  readonly source: SettingSource;
}

/**
 * What differs between two configurations. What only follows from a setting that differs is left out, and of models that come or go what
 * no text says.
 */
export function differenceOf(before: readonly Setting[], after: readonly Setting[]): readonly DifferenceRow[] {
  const old = new Map(before.map((setting) => [setting.row.path, setting]));
  const now = new Map(after.map((setting) => [setting.row.path, setting]));
  const isChanged = (path: string): boolean => old.get(path)?.identity !== now.get(path)?.identity;
  const isNews = (path: string): boolean => {
    const both = [old.get(path), now.get(path)].filter((setting) => setting !== undefined);
    const sources = both.map(({ row }) => row.source);
    if (both.length === 1 && path.startsWith('models')) return sources.every(({ kind }) => !IMPLICIT.has(kind));
    return !sources.every(({ kind, name = '' }) => kind === 'derived' && isChanged(name));
  };
  const paths = [...now.keys(), ...[...old.keys()].filter((path) => !now.has(path))];
  return paths
    .filter((path) => isChanged(path) && isNews(path))
    .map((path) => rowOf(path, old.get(path), now.get(path)));
}

const IMPLICIT: ReadonlySet<string> = new Set<SettingSource['kind']>(['default', 'derived']);

function rowOf(path: string, before: Setting | undefined, after: Setting | undefined): DifferenceRow {
  const change = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  const latest = (after ?? before) as Setting;
  return {
    path,
    change,
    secret: latest.row.secret,
    ...(before === undefined ? {} : { before: before.row.value }),
    ...(after === undefined ? {} : { after: after.row.value }),
    source: latest.row.source,
  };
}
