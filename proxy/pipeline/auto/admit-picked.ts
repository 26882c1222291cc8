import { ProxyError } from '../../core/errors.ts';
import type { RequestContext } from '../context.ts';
import type { GovernedTools } from '../governed/tools.ts';
import type { Runtime } from '../runtime.ts';
import type { AutoRun } from './auto-run.ts';
import { useModel } from './use-model.ts';

/**
 * Counts the request against the limits of its caller. Where they leave the picked model out, the next one that they may leave is
 * taken. Throws ProxyError of the first.
 */
export async function admitPicked(
  context: RequestContext,
  runtime: Runtime,
  run: AutoRun,
  governed: GovernedTools,
): Promise<void> {
  let first: ProxyError | undefined;
  for (;;) {
    try {
      if (first) useModel(context, runtime, run);
      await governed.stages.reserveLimits(context, governed);
      return;
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error;
      first ??= error;
      if (!skip(context, run, first)) throw first;
    }
  }
}

/** Goes to the next model that the limits may leave; false = there is none. */
function skip({ account }: RequestContext, run: AutoRun, { status }: ProxyError): boolean {
  const perModel = account?.chain.some(({ models, providers }) => models.length + providers.size > 0) === true;
  while (run.skip()) {
    // Without money keys of the caller's own are left.
    if (perModel || (status === 402 && run.credential === 'own')) return true;
  }
  return false;
}
