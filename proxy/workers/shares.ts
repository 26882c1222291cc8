import type { Config } from '../config/config.ts';

/** What of a whole number the process `slot` of `workers` has: the parts add up to it. */
export function partOf(whole: number, slot: number, workers: number): number {
  return Math.floor(whole / workers) + (slot < whole % workers ? 1 : 0);
}

/**
 * The configuration as one worker has it: memory and everything that bounds requests at the same time is divided, health checks are
 * those of the first.
 */
export function configOfWorker(config: Config, slot: number, workers: number): Config {
  const { server, cache, responses, models } = config;
  const part = (whole: number): number => partOf(whole, slot, workers);
  return {
    ...config,
    server: {
      ...server,
      ...(server.maxConcurrency === undefined ? {} : { maxConcurrency: part(server.maxConcurrency) }),
      queue: { ...server.queue, size: part(server.queue.size) },
      responseSockets: part(server.responseSockets),
    },
    cache: { ...cache, memory: part(cache.memory) },
    responses: { ...responses, memory: part(responses.memory), background: part(responses.background) },
    models: models.map((model) => ({
      ...model,
      endpoints: model.endpoints.map(({ healthCheck, maxConcurrency, ...endpoint }) => ({
        ...endpoint,
        ...(maxConcurrency === undefined ? {} : { maxConcurrency: part(maxConcurrency) }),
        // What the first worker finds out, the others hear of.
        ...(healthCheck === undefined || slot > 0 ? {} : { healthCheck }),
      })),
    })),
  };
}
