import type { IncomingMessage, ServerResponse } from 'node:http';

import { accessOf } from './access.ts';
import type { AdminDeps } from './deps.ts';
import type { AccessOf } from './routing/deps.ts';

export type AdminHandler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * The control plane: health, statistics, metrics, purging the cache. Express is loaded with the first request, because
 * it would make up a good part of the time until the proxy is ready.
 */
export function createAdmin(deps: AdminDeps): AdminHandler {
  let loading: Promise<AdminHandler> | undefined;
  return (request, response) => {
    loading ??= load(deps);
    loading.then(
      (application) => application(request, response),
      (error: unknown) => response.destroy(error instanceof Error ? error : undefined),
    );
  };
}

/** What users do themselves. */
const USERS = '/api/v1/users/me';
const API_V1 = '/api/v1';

async function load(deps: AdminDeps): Promise<AdminHandler> {
  const { createApplication } = await import('./application.ts');
  const { laterRouter } = await import('./later-router.ts');
  const { governance } = deps;
  const place = { host: deps.host, keys: governance !== undefined };
  const access: AccessOf = ({ headers }) => accessOf(headers, deps.auth(), place);
  const auto = {
    path: API_V1,
    routes: () =>
      laterRouter(['/routing', '/pricing'], async () => {
        const { autoRouter } = await import('./routing/auto-router.ts');
        return autoRouter(deps.auto, access);
      }),
  };
  if (governance === undefined) {
    const { noCredentials } = await import('./credentials/no-credentials.ts');
    return createApplication(deps, [auto, { path: API_V1, routes: noCredentials }]);
  }
  const { gatewayRouter, lastDetailRouter } = await import('./gateway/gateway-router.ts');
  const { credentialsRouter } = await import('./credentials/credentials-router.ts');
  const { governanceRoutes } = await import('./governance/mount.ts');
  const { routingRouter } = await import('./routing/routing-router.ts');
  return createApplication(deps, [
    { path: '/api/governance', routes: (guard) => governanceRoutes(governance, guard) },
    { path: USERS, routes: () => credentialsRouter(governance.credentials) },
    { path: API_V1, routes: () => gatewayRouter(governance.gateway) },
    auto,
    { path: API_V1, routes: () => routingRouter(governance.routing, access) },
    { path: API_V1, routes: () => lastDetailRouter(deps.telemetry) },
  ]);
}
