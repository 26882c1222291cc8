import { ReceivedRequest, type RequestView } from '../../wire/http.ts';
import type { RequestContext } from '../context.ts';
import { scopeOf } from '../resolve.ts';
import type { Runtime } from '../runtime.ts';
import type { AutoRun } from './auto-run.ts';

const IDEMPOTENCY_KEY = 'idempotency-key';

/** Makes the run's current model that of the request, as if the client had named it. Throws ProxyError. */
export function useModel(context: RequestContext, runtime: Runtime, run: AutoRun): void {
  const { governed } = runtime;
  const name = run.model;
  const model = name === undefined ? undefined : run.decision.models.get(name);
  if (name === undefined || model === undefined) throw new Error('a model is used after it was picked');
  const isDescribed = run.described !== undefined && !run.sees;
  const { request, entry } = isDescribed && run.described ? run.described : run.body;
  run.isDescribed = isDescribed;
  const { facts } = entry;
  const writtenModel = facts.writtenModel ?? facts.model;
  context.request = run.asked.some(({ model: before }) => before !== name) ? withoutIdempotency(request) : request;
  context.entry = entry;
  context.parsed = undefined;
  context.facts = { ...facts, model: name, ...(writtenModel === name ? {} : { writtenModel }) };
  context.model = model;
  context.keys = undefined;
  governed?.stages.chooseKeys(context, governed);
  if (context.model) context.scope = scopeOf(context, context.model);
}

/** A key of idempotency stands for one body: another model gets another. */
function withoutIdempotency(request: RequestView): RequestView {
  if (request.headers[IDEMPOTENCY_KEY] === undefined) return request;
  const { [IDEMPOTENCY_KEY]: _, ...headers } = request.headers;
  return new ReceivedRequest({ ...request, headers }, request.chunks);
}
