import type { RequestContext } from './context.ts';
import type { Runtime } from './runtime.ts';

/** What the model `auto` does before the cache is asked, and costs: describes images for a model that does not see. */
export function prepare(context: RequestContext, runtime: Runtime): void | Promise<void> {
  const { auto } = context;
  return auto?.decision.describes === true ? auto.tools.stages.describeImages(context, runtime, auto) : undefined;
}
