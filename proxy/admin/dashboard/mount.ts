import { Router, type RequestHandler } from 'express';
import type { AuthConfig } from '../../config/config.ts';
import { accessOf, type Place } from '../access.ts';
import type { DashboardDeps } from './deps.ts';
import { liveRouter } from './live-router.ts';
import { modelsRouter } from './models-router.ts';
import { pageRouter } from './page-router.ts';
import { sessionRouter } from './session-router.ts';
import { Sessions } from './session.ts';

/** The dashboard: its page, its session, and what it shows that no other route of the control plane does. */
export interface Dashboard {
  /** Before all other routes: the session of a browser stands for the admin token. */
  readonly session: RequestHandler;
  /** `/admin`. */
  readonly page: Router;
  /** `/api/admin`. */
  readonly api: (guard: RequestHandler) => Router;
}

export function dashboardOf(deps: DashboardDeps, place: Place): Dashboard {
  const { auth, clock } = deps;
  const sessions = new Sessions(() => auth().adminToken, clock);
  return {
    session: sessionHandler(sessions, auth),
    page: pageRouter(),
    api: (guard) => {
      const router = Router();
      router.use(sessionRouter(deps, sessions, ({ headers }) => accessOf(headers, auth(), place)));
      router.use(guard, liveRouter(deps), modelsRouter(deps));
      return router;
    },
  };
}

/** Puts the admin token into requests that come from a session, so that every route judges them as it does all others. */
function sessionHandler(sessions: Sessions, auth: () => AuthConfig): RequestHandler {
  return (request, _response, next) => {
    const token = auth().adminToken;
    if (token !== undefined && request.headers.authorization === undefined && sessions.allows(request)) {
      request.headers.authorization = `Bearer ${token.reveal()}`;
    }
    next();
  };
}
