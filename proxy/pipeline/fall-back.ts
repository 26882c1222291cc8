import { ProxyError } from '../core/errors.ts';
import type { GenerationFailure } from '../generation/answer.ts';
import type { RequestContext } from './context.ts';
import { FallbackRun } from './fallback-run.ts';
import { admitAgain, askModel, forgetModel, isFinal, nameModel } from './next-model.ts';
import { recall } from './recall.ts';
import { configuredModel, inProtocol, permitted } from './resolve.ts';
import type { ModelRuntime, Runtime } from './runtime.ts';

/**
 * After the generation of a model with fallbacks has failed: goes to the next model that the configuration names, as if the client had
 * named that one. Resolves to undefined once its answer is on the way, else to the failure that the client is shown.
 */
export async function fallBack(
  context: RequestContext,
  runtime: Runtime,
  failure: GenerationFailure,
): Promise<GenerationFailure | undefined> {
  const names = fallbacksAfter(context.model, failure);
  const run = context.fallback ?? begun(context, failure, names);
  if (run === undefined) return failure;
  if (context.startsGeneration) run.attempts += failure.attempts;
  if (failure.kind === 'error' && failure.error.code === 'shutting_down') return { ...failure, attempts: 0 };
  if (names.length > 0 || mayGoOn(run, failure)) {
    run.follow(names);
    for (let name = run.next(); name !== undefined && !context.left; name = run.next()) {
      try {
        await ask(context, runtime, run, name);
        return undefined;
      } catch (error) {
        // What stands in the way of this model says nothing about the one that the client named.
        if (!(error instanceof ProxyError)) throw error;
      }
    }
  }
  return run.giveUp(context);
}

/** Whether the models that still wait may help. */
function mayGoOn({ isRefused }: FallbackRun, failure: GenerationFailure): boolean {
  return !isFinal(failure) || (isRefused && failure.outcome === 'content_refused');
}

/** What a request goes on from at an endpoint is known there alone. */
function begun(context: RequestContext, failure: GenerationFailure, names: readonly string[]): FallbackRun | undefined {
  if (names.length === 0 || context.facts?.previousResponseId !== undefined) return undefined;
  context.fallback = new FallbackRun(context, failure);
  return context.fallback;
}

/** Names of the models that are asked after such a failure of this one. */
function fallbacksAfter(model: ModelRuntime | undefined, failure: GenerationFailure): readonly string[] {
  const fallbacks = model?.fallbacks;
  if (fallbacks === undefined) return [];
  if (failure.outcome === 'context_too_long') return fallbacks.contextTooLong;
  if (failure.outcome === 'content_refused') return fallbacks.contentRefused;
  return isFinal(failure) ? [] : fallbacks.failed;
}

/** Throws ProxyError where the model cannot be asked, or the caller may not use it. */
async function ask(context: RequestContext, runtime: Runtime, run: FallbackRun, name: string): Promise<void> {
  const { protocol, principal } = context;
  const { request, entry, facts, model: first, responder, kept } = run.first;
  if (!request || !entry || !facts) throw new Error('a model falls back after it was asked');
  const model = inProtocol(permitted(configuredModel(name, runtime), name, { principal, runtime }), protocol);
  nameModel(context, runtime, { name, model, request, entry, facts, isLater: true });
  forgetModel(context);
  context.responder = responder;
  context.kept = kept;
  await admitAgain(context, runtime);
  // A request for a model whose responses the proxy keeps was completed before.
  if (first?.keepsResponses !== true) await recall(context, runtime);
  run.begun(name);
  await askModel(context, runtime);
}
