/** Where the data are kept. */
export type DatabaseAddress =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string };

/** The path of SQLite that lives in memory and ends with the process. */
export const IN_MEMORY = ':memory:';
/** Where SQLite is kept when the configuration names no place. */
export const DEFAULT_ADDRESS: DatabaseAddress = { kind: 'sqlite', path: './data/llmproxy.db' };

const POSTGRES = /^postgres(?:ql)?:\/\//i;
const SCHEME = /^([a-z][a-z\d+.-]+):/i;

/**
 * Reads `database.url`: `sqlite:PATH`, `file:PATH`, a bare path, `:memory:`, `postgres://…`.
 * Undefined for what is none of these: an empty text, or another scheme.
 */
export function parseDatabaseUrl(text: string): DatabaseAddress | undefined {
  if (POSTGRES.test(text)) return { kind: 'postgres', url: text };
  const path = withoutScheme(text);
  return path === undefined || path === '' || path.includes('\0') ? undefined : { kind: 'sqlite', path };
}

function withoutScheme(text: string): string | undefined {
  const scheme = SCHEME.exec(text)?.[1];
  if (scheme === undefined) return text;
  if (!/^(?:sqlite|file)$/i.test(scheme)) return undefined;
  // `file:///path` has an empty host; `sqlite://path` is read as the path it looks like.
  return text.slice(scheme.length + 1).replace(/^\/\/(?=[^/]|\/)/, '');
}
