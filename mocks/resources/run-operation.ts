import { operations } from '../dialects/index.ts';
import type { DialectContext, Reply } from '../dialects/reply.ts';

/** Sends a JSON body to another operation of the same server, as a batch line or an eval run does: past keys and limits, which have let the job in. `undefined` when there is no such operation. */
export function runOperation(path: string, body: unknown, context: DialectContext): Reply | undefined {
  const operation = operations.find((one) => one.method === 'POST' && one.path === path);
  if (operation === undefined) return undefined;
  const request = {
    method: 'POST',
    path,
    params: {},
    query: new URLSearchParams(),
    headers: {},
    body,
    rawBody: Buffer.from(JSON.stringify(body)),
  };
  return operation.handle(request, { ...context, keys: undefined, admission: undefined, scripted: undefined });
}
