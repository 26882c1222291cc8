import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Router } from 'express';

import { OPEN_METRICS_TYPE, openMetrics, prefersOpenMetrics, PROMETHEUS_TYPE } from '../telemetry/open-metrics.ts';
import type { AdminDeps } from './deps.ts';
import { readingOf } from './reading.ts';

const MS_PER_SECOND = 1_000;

/** `/stats` (JSON for people) and `/metrics` (Prometheus). */
export function statsRouter(deps: AdminDeps): Router {
  const { version, telemetry, whole } = deps;
  const router = Router();

  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit
  router.get('/stats', async (_request, response) => {
    const { counters, cache, uptimeMs, endpoints, workers } = await readingOf(deps);
    const { cache: parts, tokens, generations, ...requests } = counters;
    const { entries, bytes, evictions, memoryHits, redisHits, stored } = cache;
    response.json({
      version,
      uptime_seconds: Math.round(uptimeMs / MS_PER_SECOND),
      ...(workers ? { workers } : {}),
      requests,
      tokens,
      generations,
      cache: {
        hits: parts.hit,
        misses: parts.miss,
        joined: parts.joined,
        stale: parts.stale,
        bypassed: parts.bypass,
        entries,
        bytes,
        evictions,
        stored,
        found_in: { memory: memoryHits, redis: redisHits },
      },
      endpoints: Object.fromEntries(endpoints),
    });
  });

  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit
  router.get('/metrics', async (request, response) => {
    const pieces = whole?.metricsPieces() ?? telemetry.metricsPieces();
    const open = prefersOpenMetrics(request.headers.accept);
    response.vary('accept').type(open ? OPEN_METRICS_TYPE : PROMETHEUS_TYPE);
    await pipeline(Readable.from(open ? openMetrics(pieces) : pieces), response);
  });

  return router;
}
