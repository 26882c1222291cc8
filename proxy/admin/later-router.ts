import { type RequestHandler, Router } from 'express';

/** A router that is loaded with the first request below one of these paths. */
export function laterRouter(below: readonly string[], load: () => Promise<Router>): Router {
  const router = Router();
  let loading: Promise<Router> | undefined;
  const handle: RequestHandler = (request, response, next) => {
    loading ??= load();
    loading.then((loaded) => loaded(request, response, next), next);
  };
  router.use((request, response, next) => {
    const isBelow = below.some((path) => request.path === path || request.path.startsWith(`${path}/`));
    if (isBelow) handle(request, response, next);
    else next();
  });
  return router;
}
