import type { ListedModelEntry, ModelListForm } from '../types.ts';

const PAGE = 1_000;

/** `{data: […], has_more, first_id, last_id}`, in pages of `limit` behind `after_id` or before `before_id`. */
export const modelList: ModelListForm = { list, one: entry };

function list(models: readonly ListedModelEntry[], query: URLSearchParams): object {
  const limit = Number(query.get('limit') ?? PAGE);
  const size = Number.isInteger(limit) && limit > 0 ? Math.min(limit, PAGE) : PAGE;
  const place = (name: string): number => models.findIndex(({ id }) => id === query.get(name));
  const end = query.has('before_id') ? Math.max(0, place('before_id')) : models.length;
  const start = query.has('before_id') ? Math.max(0, end - size) : place('after_id') + 1;
  const page = models.slice(start, Math.min(end, start + size));
  const rest = query.has('before_id') ? start > 0 : start + size < models.length;
  return {
    data: page.map(entry),
    has_more: rest,
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
  };
}

function entry({ id, created }: ListedModelEntry): object {
  const at = new Date(created * 1_000).toISOString().replace(/\.\d+Z$/, 'Z');
  return { type: 'model', id, display_name: id, created_at: at };
}
