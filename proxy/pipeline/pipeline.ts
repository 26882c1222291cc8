import type { Exchange, Phase } from './exchange.ts';
import { renderFailure } from './failure.ts';
import { forward } from './forward.ts';
import { identify } from './identify.ts';
import { join } from './join.ts';
import { lookup } from './lookup.ts';
import { receive } from './receive.ts';
import { record } from './record.ts';
import { respond } from './respond.ts';
import type { Runtime } from './runtime.ts';
import { settle } from './settle.ts';

/** One step in the life of a request. A stage that need not wait returns nothing, and the next one runs in the same tick. */
export interface Stage {
  readonly name: Phase;
  /** One line for readers; `docs/architecture.md` says more. */
  readonly does: string;
  run(exchange: Exchange, runtime: Runtime): void | Promise<void>;
}

/** The life of a request, in order. `settle` always runs; a failure in any other stage goes to the one error exit. */
export const PIPELINE: readonly Stage[] = [
  { name: 'receive', does: 'understand the body and find the model', run: receive },
  { name: 'identify', does: 'decide whose cache entries the caller may see', run: identify },
  { name: 'lookup', does: 'plan caching, answer from memory or Redis', run: lookup },
  { name: 'join', does: 'board an equal flight, or start one', run: join },
  { name: 'forward', does: 'choose endpoints, send, classify, fail over', run: forward },
  { name: 'record', does: 'store the answer at its verified end', run: record },
  { name: 'respond', does: 'give the client its answer, at its pace', run: respond },
  { name: 'settle', does: 'count, measure, write the access line', run: settle },
];

/** Where `settle` stands: always run, and always last. */
const SETTLE = PIPELINE.length - 1;

/** Takes an exchange through its life. The promise is of stages that have to wait; without such a one there is none. */
export function runPipeline(exchange: Exchange, runtime: Runtime): void | Promise<void> {
  return runFrom(0, exchange, runtime);
}

function runFrom(first: number, exchange: Exchange, runtime: Runtime): void | Promise<void> {
  try {
    for (let index = first; index < SETTLE; index += 1) {
      // Whoever leads a flight goes on to start it even when its own client has left: others may have boarded.
      if (exchange.left && !exchange.leads) break;
      const stage = PIPELINE[index] as Stage;
      exchange.phase = stage.name;
      const pending = stage.run(exchange, runtime);
      if (pending) return runAfter(pending, index + 1, exchange, runtime);
    }
  } catch (error) {
    return conclude(exchange, runtime, { error });
  }
  return conclude(exchange, runtime);
}

async function runAfter(pending: Promise<void>, next: number, exchange: Exchange, runtime: Runtime): Promise<void> {
  try {
    await pending;
  } catch (error) {
    conclude(exchange, runtime, { error });
    return;
  }
  await runFrom(next, exchange, runtime);
}

function conclude(exchange: Exchange, runtime: Runtime, failure?: { readonly error: unknown }): void {
  try {
    if (failure) renderFailure(exchange, runtime, failure.error);
  } finally {
    exchange.phase = 'settle';
    settle(exchange, runtime);
  }
}
