const SIZE = 50;
const SIZE_MOST = 1000;

export interface GeminiPage<T> {
  readonly entries: readonly T[];
  readonly nextPageToken: string | undefined;
}

/** A page by `pageSize` and `pageToken`, in either spelling; a token is the position of the next entry. */
export function geminiPage<T>(entries: readonly T[], query: URLSearchParams): GeminiPage<T> {
  const asked = Number(query.get('pageSize') ?? query.get('page_size') ?? SIZE);
  const size = Number.isInteger(asked) && asked > 0 ? Math.min(asked, SIZE_MOST) : SIZE;
  const token = query.get('pageToken') ?? query.get('page_token') ?? '';
  const start = token === '' ? 0 : Number(Buffer.from(token, 'base64url').toString()) || 0;
  const end = start + size;
  const next = end < entries.length ? Buffer.from(String(end)).toString('base64url') : undefined;
  return { entries: entries.slice(start, end), nextPageToken: next };
}
