import { lifetimeMs } from '../cache/policy.ts';
import { record as makeRecording } from '../cache/recorder.ts';
import type { Exchange } from './exchange.ts';
import type { Runtime } from './runtime.ts';

/** Has the answer of this exchange's flight stored once it has been seen to its verified end, and not before. */
export function record(exchange: Exchange, runtime: Runtime): void {
  const { answer, plan, facts, model, protocol, leads } = exchange;
  if (!answer || !plan || !facts || !model || !leads) return;
  if (!plan.write && !plan.share) return;
  // An entry carries the generation that was current when its request began: a purge in between makes it invisible.
  const generation = runtime.cache.generation(plan.key);
  const { flight, record: learnt } = answer;
  answer.onVerified = (endpoint) => {
    const head = flight.head;
    if (!head || !flight.log || !learnt.facts) return;
    const result = makeRecording(
      {
        protocol,
        model: facts.model,
        shape: head.shape,
        status: head.status,
        headers: head.headers,
        chunks: flight.log,
        times: learnt.times,
        endpoint,
        facts: learnt.facts,
        ...(learnt.whole ? { whole: learnt.whole } : {}),
      },
      {
        now: runtime.clock.now(),
        ttlMs: lifetimeMs(model.cache, plan.controls),
        maxBytes: model.cache.maxEntryBytes,
      },
    );
    if (!('recording' in result)) return;
    learnt.recording = result.recording;
    if (plan.write) void runtime.cache.put(plan.key, result.recording, generation);
  };
}
