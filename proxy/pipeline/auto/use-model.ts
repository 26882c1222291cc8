import type { RequestContext } from '../context.ts';
import { scopeOf } from '../resolve.ts';
import type { Runtime } from '../runtime.ts';
import type { AutoRun } from './auto-run.ts';

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
  context.request = request;
  context.entry = entry;
  context.parsed = undefined;
  context.facts = { ...facts, model: name, ...(writtenModel === name ? {} : { writtenModel }) };
  context.model = model;
  context.keys = undefined;
  governed?.stages.chooseKeys(context, governed);
  if (context.model) context.scope = scopeOf(context, context.model);
}
