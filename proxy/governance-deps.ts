import type { GovernanceDeps } from './admin/deps.ts';
import type { Config } from './config/config.ts';
import { systemClock } from './core/clock.ts';
import type { GovernanceService } from './govern/service.ts';

interface Given {
  readonly config: () => Config;
  readonly fault: GovernanceDeps['fault'];
}

/** What administration asks of governance. */
export function governanceDeps(governance: GovernanceService, { config, fault }: Given): GovernanceDeps {
  const { userCredentials } = governance;
  return {
    credentials: {
      clock: systemClock,
      lookup: (key, now) => governance.lookup(key, now),
      take: (userId) => userCredentials.take(userId),
      providers: () => userCredentials.providers(),
      canonical: (word) => userCredentials.canonical(word),
      store: () => userCredentials.store(),
      check: (by, key) => userCredentials.check(by, key),
      fault,
    },
    gateway: {
      clock: systemClock,
      host: config().server.host,
      settings: () => config().gateway,
      configuredNames: () => config().providers.map(({ name }) => name),
      ...governance.gateway,
      databaseTrouble: () => governance.databaseTrouble(),
      fault,
    },
    routing: {
      clock: systemClock,
      lookup: (key, now) => governance.lookup(key, now),
      ...governance.routing,
      fault,
    },
    clock: systemClock,
    counters: governance.usage,
    ledger: () => governance.store && governance.ledger,
    names: governance.names,
    store: () => governance.store,
    databaseTrouble: () => governance.databaseTrouble(),
    stats: () => governance.stats(),
    actor: () => 'administrator',
    fault,
    databaseConnected: () => governance.isConnected,
    countsLocally: () => governance.isLocal,
  };
}
