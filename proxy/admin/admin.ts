import type { IncomingMessage, ServerResponse } from 'node:http';

import { accessOf, type Place } from './access.ts';
import type { Mounted } from './application.ts';
import type { Dashboard } from './dashboard/mount.ts';
import type { DashboardDeps } from './dashboard/deps.ts';
import type { AdminDeps, DashboardParts, GovernanceDeps } from './deps.ts';
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
  const dashboard = deps.dashboard === undefined ? undefined : await dashboardWith(deps, deps.dashboard, place);
  const shown = dashboard ? [{ path: '/api/admin', routes: dashboard.api }] : [];
  if (governance === undefined) {
    const { noCredentials } = await import('./credentials/no-credentials.ts');
    return createApplication(deps, [...shown, auto, { path: API_V1, routes: noCredentials }], dashboard);
  }
  const { gatewayRouter, lastDetailRouter } = await import('./gateway/gateway-router.ts');
  const { credentialsRouter } = await import('./credentials/credentials-router.ts');
  const { governanceRoutes } = await import('./governance/mount.ts');
  const { routingRouter } = await import('./routing/routing-router.ts');
  const mounted = [
    ...shown,
    { path: '/api/governance', routes: (guard) => governanceRoutes(governance, guard) },
    { path: USERS, routes: () => credentialsRouter(governance.credentials) },
    { path: API_V1, routes: () => gatewayRouter(governance.gateway) },
    auto,
    { path: API_V1, routes: () => routingRouter(governance.routing, access) },
    { path: API_V1, routes: () => lastDetailRouter(deps.telemetry) },
  ] satisfies Mounted[];
  return createApplication(deps, mounted, dashboard);
}

async function dashboardWith(deps: AdminDeps, given: DashboardParts, place: Place): Promise<Dashboard> {
  const { dashboardOf } = await import('./dashboard/mount.ts');
  const { version, clock, auth, governance } = deps;
  return dashboardOf(
    {
      ...given,
      version,
      clock,
      auth,
      governed: governance !== undefined,
      budgetUnit: deps.budgetUnit ?? (() => 'cents' as const),
      actor: (request) => governance?.actor(request) ?? 'administrator',
      ...(governance ? { audit: auditOf(governance, deps.telemetry) } : {}),
    },
    place,
  );
}

/** The decision is in force: a database that is away keeps it from the audit log alone, and the log of the process has it. */
function auditOf(
  governance: GovernanceDeps,
  telemetry: Pick<AdminDeps['telemetry'], 'fault'>,
): NonNullable<DashboardDeps['audit']> {
  return async (change) => {
    try {
      const at = new Date(governance.clock.now()).toISOString();
      await governance.store().record({ ...change, kind: 'endpoint', at });
    } catch (error) {
      telemetry.fault(`the audit log does not have what was done to endpoint ${change.id}`, '', error);
    }
  };
}
