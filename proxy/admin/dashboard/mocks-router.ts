import { raw, Router, type RequestHandler } from 'express';
import { ProxyError } from '../../core/errors.ts';
import { askMock, MOCK_ROUTES, type MockPlace } from './mock-relay.ts';

/** What the routes of mocks ask of the proxy. */
export interface MocksDeps {
  /** Those of the configuration in force. */
  readonly places: () => readonly MockPlace[];
  /** An operator has changed one. */
  readonly changed: (change: { readonly mock: string; readonly change: string }) => void;
}

const BODY_LIMIT = '256kb';
const METHODS: Readonly<Record<string, 'get' | 'post' | 'put' | 'delete'>> = {
  GET: 'get',
  POST: 'post',
  PUT: 'put',
  DELETE: 'delete',
};

export type MockView = Omit<MockPlace, 'token'>;

/** `/mocks`: the mocks that the configuration names; `/mocks/NAME/…`: their control API, as far as `MOCK_ROUTES` says. */
export function mocksRouter({ places, changed }: MocksDeps): Router {
  const router = Router();

  router.get('/mocks', (_request, response) => {
    const mocks: MockView[] = places().map(({ name, bundled, address, endpoints }) => ({
      name,
      bundled,
      address,
      endpoints,
    }));
    response.json({ mocks });
  });

  const body = raw({ type: () => true, limit: BODY_LIMIT });
  for (const [route, { query: known = [] }] of Object.entries(MOCK_ROUTES)) {
    const [method = '', name = ''] = route.split(' ');
    const relay: RequestHandler<{ mock: string }> = async ({ url, params, body: given }, response) => {
      const place = places().find((one) => one.name === params.mock);
      if (place === undefined) throw new ProxyError('unknown_url', `The configuration has no mock '${params.mock}'.`);
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
