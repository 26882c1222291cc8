import { raw, Router, type RequestHandler } from 'express';
import { ProxyError } from '../../core/errors.ts';
import type { DashboardDeps } from './deps.ts';
import { MockState } from './mock-state.ts';
import { askMock, MOCK_ROUTES, type MockPlace } from './mock-relay.ts';

const EVERY_MS = 1_000;
const BODY_LIMIT = '256kb';
const METHODS: Readonly<Record<string, 'get' | 'post' | 'put' | 'delete'>> = {
  GET: 'get',
  POST: 'post',
  PUT: 'put',
  DELETE: 'delete',
};

export type MockView = Omit<MockPlace, 'token'>;

/**
 * `/mocks`: the mocks that the configuration names. `/mocks/NAME/events`: what one says of itself, at first and after each change.
 * `/mocks/NAME/…`: its control API, as far as `MOCK_ROUTES` says.
 */
export function mocksRouter({ mocks: { places, changed }, streams }: Pick<DashboardDeps, 'mocks' | 'streams'>): Router {
  const router = Router();
  const placeOf = (name: string): MockPlace => {
    const place = places().find((one) => one.name === name);
    if (place === undefined) throw new ProxyError('unknown_url', `The configuration has no mock '${name}'.`);
    return place;
  };

  router.get('/mocks', (_request, response) => {
    const mocks: MockView[] = places().map(({ name, bundled, address, endpoints }) => ({
      name,
      bundled,
      address,
      endpoints,
    }));
    response.json({ mocks });
  });

  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit
  router.get('/mocks/:mock/events', async (request, response) => {
    const { mock } = request.params;
    placeOf(mock);
    const state = new MockState(() => placeOf(mock));
    await streams.serve(request, response, { everyMs: EVERY_MS, next: () => state.news() });
  });

  const body = raw({ type: () => true, limit: BODY_LIMIT });
  for (const [route, { query: known = [] }] of Object.entries(MOCK_ROUTES)) {
    const [method = '', name = ''] = route.split(' ');
    const relay: RequestHandler<{ mock: string }> = async ({ url, params, body: given }, response) => {
      const place = placeOf(params.mock);
      const query = new URLSearchParams(url.split('?')[1]);
      for (const unknown of [...query.keys()].filter((one) => !known.includes(one))) query.delete(unknown);
      const sent = Buffer.isBuffer(given) ? given : undefined;
      const answer = await askMock(place, { method, name, query, body: sent });
      if (method !== 'GET' && answer.status === 200) changed({ mock: place.name, change: route });
      response.status(answer.status).type('application/json').send(answer.body);
    };
    router[METHODS[method] ?? 'get'](`/mocks/:mock/${name}`, body, relay);
  }

  return router;
}
