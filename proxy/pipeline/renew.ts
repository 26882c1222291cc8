import { ProxyError } from '../core/errors.ts';
import type { Follower } from '../flights/flight.ts';
import type { AnswerHead, GenerationFailure } from '../generation/answer.ts';
import type { RequestContext } from './context.ts';
import { buildRenewal } from './join.ts';
import type { Runtime } from './runtime.ts';

/** Keeps a generation running that may have no client: takes all that comes. */
const READS_ALL: Follower<AnswerHead, GenerationFailure> = {
  onOpen: () => undefined,
  onChunk: () => true,
  onEnd: () => undefined,
};

/**
 * Starts the one generation that renews the entry which this exchange was answered with, unless an equal one runs already.
 * It was admitted with the exchange and is paid for by it: both share one row of the ledger, which is written once the
 * generation has ended. A renewal that fails leaves the entry as it was.
 */
export function renew(context: RequestContext, runtime: Runtime): void {
  try {
    const generation = buildRenewal(context, runtime);
    if (generation === undefined) return;
    generation.flight.attach(READS_ALL);
    generation.start();
  } catch (error) {
    // The client has its answer: what goes wrong here is no failure of its request.
    if (!(error instanceof ProxyError)) runtime.telemetry.fault('a renewal failed', context.id, error);
  }
}
