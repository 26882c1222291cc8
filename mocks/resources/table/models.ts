import { answerJson } from '../../dialects/answer.ts';
import { errorReply } from '../../dialects/errors.ts';
import type { Operation } from '../../dialects/reply.ts';

/** Only a fine-tuned model can be deleted, and only by its owner. */
export const deleteModel: Operation = {
  id: 'models.delete',
  method: 'DELETE',
  path: '/v1/models/{id}',
  handle(request, context) {
    const id = request.params['id'] ?? '';
    if (id.startsWith('ft:')) return answerJson(context, { id, object: 'model', deleted: true });
    const message = 'You have insufficient permissions for this operation.';
    return errorReply(403, { message, type: 'invalid_request_error', param: null, code: null }, context);
  },
};
