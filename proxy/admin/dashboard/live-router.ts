import { Router } from 'express';
import type { Json } from '../../core/json.ts';
import type { Figure } from '../../telemetry/figures/figure.ts';
import { FIGURES_KEPT } from '../../telemetry/figures/ring.ts';
import type { DashboardDeps } from './deps.ts';
import { type LiveFigure, summedFigures } from './figures.ts';

const EVERY_MS = 1_000;
/** Seconds that are sent once more: a worker that was busy closes its second after the others. */
const AGAIN = 2;

/** `GET /live`: the last hour, second by second; `GET /live/events`: the same, then each second as it closes. */
export function liveRouter({
  clock,
  processes,
  streams,
}: Pick<DashboardDeps, 'clock' | 'processes' | 'streams'>): Router {
  const router = Router();
  const since = async (at: number): Promise<{ readonly figures: readonly LiveFigure[] }> => {
    const answers = await processes.ask('figures', at);
    return { figures: summedFigures(answers as unknown as readonly (readonly Figure[])[]) };
  };

  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit
  router.get('/live', async (_request, response) => {
    response.json(await since(oldest(clock.now())));
  });

  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit
  router.get('/live/events', async (request, response) => {
    let last = oldest(clock.now());
    await streams.serve(request, response, {
      everyMs: EVERY_MS,
      next: async () => {
        const news = await since(last - AGAIN);
        const newest = news.figures.at(-1)?.at ?? last;
        if (newest <= last) return undefined;
        last = newest;
        return news as unknown as Json;
      },
    });
  });

  return router;
}

function oldest(now: number): number {
  return Math.floor(now / 1_000) - FIGURES_KEPT;
}
