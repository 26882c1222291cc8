import { answerText } from '../../dialects/answer.ts';
import { missingField } from '../../dialects/errors.ts';
import { listJson } from '../../dialects/listing.ts';
import type { Operation } from '../../dialects/reply.ts';
import { fieldsOf, textOf } from '../fields.ts';
import type { Resource } from '../resource.ts';
import { make, placeOf } from '../store.ts';

export const checkpointPermissions: Resource = {
  name: 'fine_tuning.checkpoints.permissions',
  doc: 'Projects that may use a checkpoint; created several at once',
  path: '/v1/fine_tuning/checkpoints/{fine_tuned_model_checkpoint}/permissions',
  param: 'permission_id',
  id: { prefix: 'cp_', alnum: 24 },
  shape: 'fine-tuning/checkpoints/permissions#PermissionCreateResponse',
  verbs: ['list', 'delete'],
  order: ['object', 'id', 'created_at', 'project_id'],
  deleted: ({ id }) => ({ id, object: 'checkpoint.permission', deleted: true }),
  list: {
    limit: 10,
    none: null,
    filter: ({ body }, query) => !query.has('project_id') || body['project_id'] === query.get('project_id'),
  },
};

/** Answers the list of what was made, one entry a project. */
export const createPermissions: Operation = {
  id: 'fine_tuning.checkpoints.permissions.create',
  method: 'POST',
  path: checkpointPermissions.path,
  handle(request, context) {
    const ids = fieldsOf(request.body)['project_ids'];
    if (!Array.isArray(ids)) return missingField(context, 'project_ids');
    const place = placeOf(checkpointPermissions, request.params, context);
    const made = ids.map((id) => make(place, { project_id: textOf(id) }));
    const texts = made.map(({ body }) => JSON.stringify(body));
    return answerText(
      context,
      listJson(
        texts,
        made.map(({ id }) => id),
        false,
        null,
      ),
    );
  },
};
