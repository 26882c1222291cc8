import { familyOf } from './families.ts';
import type { DialectContext, DialectRequest, Operation, Reply } from './reply.ts';

function answered(operation: Operation, request: DialectRequest, context: DialectContext): Reply {
  return context.admission === undefined
    ? operation.handle(request, context)
    : context.admission(operation, request, context);
}

/** What holds for every operation: the key first, then a body that could be parsed. */
export function guarded(operation: Operation): Operation {
  const family = familyOf(operation.family);
  return {
    ...operation,
    handle(request, context) {
      const refused = family.refusedKey(request, context);
      if (refused) return refused;
      if (operation.method === 'GET' || operation.method === 'DELETE') return answered(operation, request, context);
      const unread = request.body === undefined && request.rawBody.length > 0;
      if (unread && operation.takesEveryBody !== true)
        return family.unparsableBody(context, request.headers['content-type']);
      const whole = request.body === undefined || request.body === null ? { ...request, body: {} } : request;
      return answered(operation, whole, context);
    },
  };
}
