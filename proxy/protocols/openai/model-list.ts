import type { ListedModelEntry, ModelListForm } from '../types.ts';

/** `{object: "list", data: […]}`; all models in one page. */
export const modelList: ModelListForm = {
  list: (models) => ({ object: 'list', data: models.map(entry) }),
  one: entry,
};

function entry({ id, created, owner }: ListedModelEntry): object {
  return { id, object: 'model', created, owned_by: owner };
}
