import { Router } from 'express';
import { Assets } from './assets.ts';
import { PAGE, PAGE_HEADERS } from './page.ts';

/** `/admin` and its files: the same for all, so they are open. */
export function pageRouter(): Router {
  const router = Router();
  const assets = new Assets();

  router.get('/', (_request, response) => {
    response.set(PAGE_HEADERS).type('html').send(PAGE);
  });

  router.get('/assets/{*path}', (request, response, next) => {
    const asset = assets.get(request.path.slice('/assets/'.length));
    if (asset === undefined) {
      next();
      return;
    }
    response.set({ ...PAGE_HEADERS, etag: asset.etag, 'cache-control': 'no-cache' }).type(asset.type);
    if (request.headers['if-none-match'] === asset.etag) response.status(304).end();
    else response.send(asset.body);
  });

  return router;
}
