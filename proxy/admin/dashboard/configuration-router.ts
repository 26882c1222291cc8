import { json, Router } from 'express';
import { plainOrigin, type PlainOrigin } from '../../config/plain-origin.ts';
import { ProxyError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { ConfigurationDesk } from './configuration-desk.ts';
import type { DashboardDeps } from './deps.ts';
import { membersOf, TEXT } from './request-body.ts';

/**
 * `GET /configuration`: what is in force, and where each value comes from; `POST /configuration/check`: judges a text. Neither opens or writes
 * a file.
 */
export function configurationRouter(
  { origin }: Pick<DashboardDeps, 'origin'>,
  desk: ConfigurationDesk = new ConfigurationDesk(),
): Router {
  const router = Router();

  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit
  router.get('/configuration', async (_request, response) => {
    response.set('cache-control', 'no-store').json(await desk.describe(plainOf(origin)));
  });

  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit
  router.post('/configuration/check', json({ limit: '1mb', type: () => true }), async (request, response) => {
    const { text } = membersOf(request.body, { text: { ...TEXT, isRequired: true } }) as { readonly text: string };
    response.set('cache-control', 'no-store').json(await desk.check(plainOf(origin), text));
  });

  return router;
}

function plainOf(origin: DashboardDeps['origin']): PlainOrigin {
  const known = origin();
  if (known) return plainOrigin(known);
  throw new ProxyError('unknown_url', 'This proxy was started with a configuration that has no text.');
}

/** JSON Schema of the body. */
export const CHECK_BODY: JsonObject = {
  type: 'object',
  additionalProperties: false,
  required: ['text'],
  properties: { text: { type: 'string', minLength: 1, description: 'A configuration file.' } },
};
