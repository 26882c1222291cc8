import { Router, type Request } from 'express';
import { ProxyError } from '../../core/errors.ts';
import type { Json } from '../../core/json.ts';
import type { ExchangePart } from '../../telemetry/journal/views.ts';
import type { DashboardDeps } from './deps.ts';
import { MOST_NEWS, MOST_ROWS, newsOf, pageOf, type Numbers } from './exchange-lists.ts';
import { exchangeQuery } from './exchange-query.ts';

const EVERY_MS = 500;

/**
 * `GET /exchanges`: the last exchanges of all processes, newest first. `GET /exchanges/events`: the newest, then those that end.
 * `GET /exchanges/ID`: one with all that is known of it.
 */
export function exchangesRouter({ processes, streams }: Pick<DashboardDeps, 'processes' | 'streams'>): Router {
  const router = Router();

  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit
  router.get('/exchanges', async (request, response) => {
    const { filter, limit, before } = exchangeQuery(request);
    const parts = await processes.ask('exchanges', { filter, limit, before } as unknown as Json);
    response.json(pageOf(parts, limit, before));
  });

  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit
  router.get('/exchanges/events', async (request, response) => {
    const { filter } = exchangeQuery(request);
    let after: Numbers = {};
    let isFirst = true;
    await streams.serve(request, response, {
      everyMs: EVERY_MS,
      next: async () => {
        const input = { filter, limit: isFirst ? MOST_ROWS : MOST_NEWS, after, listening: true };
        const parts = await processes.ask('exchanges', input as unknown as Json);
        const { news, next } = newsOf(parts, after);
        const isNews = isFirst || news.exchanges.length > 0 || news.skipped > 0;
        after = next;
        isFirst = false;
        return isNews ? (news as unknown as Json) : undefined;
      },
    });
  });

  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit
  router.get('/exchanges/:id', async (request, response) => {
    const id = idIn(request);
    const parts = (await processes.ask('exchange', id)) as unknown as readonly ExchangePart[];
    const newest = parts.map(({ found }) => found).filter((found) => found !== null);
    const [found, ...rest] = newest.toSorted((a, b) => b.at + b.ms - (a.at + a.ms));
    if (found === undefined) {
      throw new ProxyError('exchange_not_found', 'No exchange of that id is among the last ones.', { param: 'id' });
    }
    const others = [...rest, ...parts.flatMap((part) => part.others)].map(({ entry, at, status }) => ({
      entry,
      at,
      status,
    }));
    response.json({ ...found, others, capture: parts.some(({ capture }) => capture) });
  });

  return router;
}

function idIn({ params }: Request): string {
  return String(params['id']);
}
