import type { RequestContext } from '../context.ts';
import { nameModel } from '../next-model.ts';
import type { Runtime } from '../runtime.ts';
import type { AutoRun } from './auto-run.ts';

/** Makes the run's current model that of the request, as if the client had named it. Throws ProxyError. */
export function useModel(context: RequestContext, runtime: Runtime, run: AutoRun): void {
  const name = run.model;
  const model = name === undefined ? undefined : run.decision.models.get(name);
  if (name === undefined || model === undefined) throw new Error('a model is used after it was picked');
  const isDescribed = run.described !== undefined && !run.sees;
  const { request, entry } = isDescribed && run.described ? run.described : run.body;
  run.isDescribed = isDescribed;
  const isLater = run.asked.some(({ model: before }) => before !== name);
  nameModel(context, runtime, { name, model, request, entry, facts: entry.facts, isLater });
}
