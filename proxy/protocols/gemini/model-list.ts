import type { ListedModelEntry, ModelListForm } from '../types.ts';

const PAGE = 1_000;
const METHODS = ['generateContent', 'countTokens', 'embedContent'];

/** `{models: […], nextPageToken}`, in pages of `pageSize`; a token is the place where its page begins. */
export const modelList: ModelListForm = { list, one: entry };

function list(models: readonly ListedModelEntry[], query: URLSearchParams): object {
  const size = natural(query.get('pageSize')) ?? PAGE;
  const start = natural(query.get('pageToken')) ?? 0;
  const end = start + Math.min(Math.max(size, 1), PAGE);
  return {
    models: models.slice(start, end).map(entry),
    ...(end < models.length ? { nextPageToken: String(end) } : {}),
  };
}

function natural(text: string | null): number | undefined {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function entry({ id }: ListedModelEntry): object {
  return { name: `models/${id}`, displayName: id, supportedGenerationMethods: METHODS };
}
