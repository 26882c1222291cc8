import { Router, type Request, type RequestHandler } from 'express';
import { accessOf, type Access, type Place } from '../access.ts';
import { configurationRouter } from './configuration-router.ts';
import type { DashboardDeps } from './deps.ts';
import { dashboardCacheRouter } from './cache-router.ts';
import { EventStreams } from './event-stream.ts';
import { exchangesRouter } from './exchanges-router.ts';
import { liveRouter } from './live-router.ts';
import { mocksRouter } from './mocks-router.ts';
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

export function dashboardOf(given: Omit<DashboardDeps, 'streams'>, place: Place): Dashboard {
  const { auth, clock, ending } = given;
  const sessions = new Sessions(() => auth().adminToken, clock);
  const bySession = new WeakSet<Request>();
  const access = ({ headers }: Request): Access | undefined => accessOf(headers, auth(), place);
  const allows = (request: Request): boolean =>
    access(request) !== undefined && (!bySession.has(request) || sessions.allows(request));
  const deps = { ...given, streams: new EventStreams({ ending, allows }) };
  return {
    session: (request, _response, next) => {
      const token = auth().adminToken;
      if (token !== undefined && request.headers.authorization === undefined && sessions.allows(request)) {
        // Every route then judges the request as it does all others.
        request.headers.authorization = `Bearer ${token.reveal()}`;
        bySession.add(request);
      }
      next();
    },
    page: pageRouter(),
    api: (guard) => {
      const router = Router();
      router.use(sessionRouter(deps, sessions, access));
      router.use(guard, liveRouter(deps), exchangesRouter(deps), modelsRouter(deps));
      router.use(guard, dashboardCacheRouter(deps), configurationRouter(deps), mocksRouter(deps));
      return router;
    },
  };
}
