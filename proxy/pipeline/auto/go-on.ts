import { ProxyError } from '../../core/errors.ts';
import type { GenerationFailure } from '../../generation/answer.ts';
import type { RequestContext } from '../context.ts';
import { admitAgain, askModel, forgetModel, isFinal } from '../next-model.ts';
import type { Runtime } from '../runtime.ts';
import type { AutoRun } from './auto-run.ts';
import { describeImages } from './describe.ts';
import { useModel } from './use-model.ts';

/**
 * After the generation of the picked model has failed: goes to the next model of the ranking, as if the client had named that one.
 * Resolves to undefined once its answer is on the way, else to the failure that the client is shown.
 */
export async function goOn(
  context: RequestContext,
  runtime: Runtime,
  run: AutoRun,
  failure: GenerationFailure,
): Promise<GenerationFailure | undefined> {
  if (context.startsGeneration) run.attempts += failure.attempts;
  const shown = { ...failure, attempts: 0 };
  run.ended(failure.outcome === 'invalid_output' ? 'invalid' : 'failed');
  return isFinal(failure) ? shown : nextModel(context, runtime, run, shown);
}

async function nextModel(
  context: RequestContext,
  runtime: Runtime,
  run: AutoRun,
  failure: GenerationFailure,
): Promise<GenerationFailure | undefined> {
  const before = run.model;
  if (context.left) return failure;
  if (!run.advance()) return lastFailure(run, failure);
  try {
    await ask(context, runtime, run, run.model === before);
    return undefined;
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error;
    run.ended('failed');
    return nextModel(context, runtime, run, { kind: 'error', error, attempts: 0 });
  }
}

async function ask(context: RequestContext, runtime: Runtime, run: AutoRun, isSame: boolean): Promise<void> {
  useModel(context, runtime, run);
  forgetModel(context);
  if (!isSame) await admitAgain(context, runtime);
  await describeImages(context, runtime, run);
  await askModel(context, runtime);
}

function lastFailure({ asked, attempts }: AutoRun, failure: GenerationFailure): GenerationFailure {
  const status = failure.kind === 'answer' ? failure.status : failure.error.status;
  const code = failure.kind === 'error' ? failure.error.code : undefined;
  // Where no endpoint was asked at all, what stood in the way says more.
  if (status === 429 || code === 'invalid_structured_output' || (code !== undefined && attempts === 0)) return failure;
  const models = [...new Set(asked.map(({ model }) => `'${model}'`))].join(', ');
  const message = `Every model that was tried failed: ${models}.`;
  return { kind: 'error', error: new ProxyError('all_providers_failed', message), attempts: 0 };
}
