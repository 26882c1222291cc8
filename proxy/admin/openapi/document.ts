import type { JsonObject } from '../../core/json.ts';
import type { BudgetUnit } from '../../governance/amounts.ts';
import { AUTO_OPERATIONS } from './auto-operations.ts';
import { CACHE_OPERATIONS } from './cache-operations.ts';
import { CONFIGURATION_OPERATIONS } from './configuration-operations.ts';
import { CONTROL_OPERATIONS } from './control-operations.ts';
import { CREDENTIALS_OPERATIONS } from './credentials-operations.ts';
import { DASHBOARD_OPERATIONS } from './dashboard-operations.ts';
import { EXCHANGES_OPERATIONS } from './exchanges-operations.ts';
import { GATEWAY_OPERATIONS } from './gateway-operations.ts';
import { governanceOperations } from './governance-operations.ts';
import { MOCK_OPERATIONS } from './mock-operations.ts';
import { MODELS_OPERATIONS } from './models-operations.ts';
import { pathsOf } from './parts.ts';
import { ROUTING_OPERATIONS } from './routing-operations.ts';
import { USAGE_OPERATIONS } from './usage-operations.ts';

const TAGS: readonly (readonly [name: string, description: string])[] = [
  ['health', 'For load balancers and orchestrators.'],
  ['operations', 'What operates the proxy.'],
  ['dashboard', 'What the dashboard shows and moves; there unless `admin.dashboard` is off.'],
  ['virtual keys', 'What callers send in place of a key of a provider.'],
  ['teams', 'Groups of keys with a budget of their own.'],
  ['customers', 'Groups of teams and keys.'],
  ['users', 'People and accounts that keys belong to.'],
  ['monitoring', 'Counters of limits, and their state.'],
  ['usage', 'What was used and what it cost, out of the ledger.'],
  ['credentials', 'Keys of providers that users store for themselves.'],
  ['gateway', 'Providers, overrides and usage of services that speak for many users.'],
  ['pricing', 'What models cost.'],
  ['mocks', 'Mocks that the configuration names: bundled ones, and endpoints with `provider: mock`.'],
  ['routing', 'What the model `auto` is to do for whom, and requests with their cost.'],
];

export interface DocumentOptions {
  readonly version: string;
  /** In what amounts of budgets are written. */
  readonly unit: BudgetUnit;
}

/** The control plane as an OpenAPI 3.1 document. Bodies have the schemas of the rules that read them. */
export function openApiDocument({ version, unit }: DocumentOptions): JsonObject {
  const schemas = new Map<string, JsonObject>();
  const operations = {
    ...CONTROL_OPERATIONS,
    ...DASHBOARD_OPERATIONS,
    ...EXCHANGES_OPERATIONS,
    ...MODELS_OPERATIONS,
    ...CACHE_OPERATIONS,
    ...CONFIGURATION_OPERATIONS,
    ...governanceOperations(unit),
    ...USAGE_OPERATIONS,
    ...CREDENTIALS_OPERATIONS,
    ...GATEWAY_OPERATIONS,
    ...ROUTING_OPERATIONS,
    ...AUTO_OPERATIONS,
    ...MOCK_OPERATIONS,
  };
  const paths = pathsOf(operations, schemas);
  return {
    openapi: '3.1.1',
    info: {
      title: 'llmproxy control plane',
      version,
      description:
        'What operates a proxy and hands out its virtual keys. The routes below `/api/governance` and `/api/v1` are there when the configuration has `database` or `governance`, those of the gateway when it has `gateway` too.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'This proxy.' }],
    security: [{ adminToken: [] }],
    tags: TAGS.map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: Object.fromEntries([...schemas].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: {
        adminToken: {
          type: 'http',
          scheme: 'bearer',
          description: 'The admin token; not needed where `auth.admin` opens administration to the caller.',
        },
        virtualKey: {
          type: 'http',
          scheme: 'bearer',
          description: 'A virtual key; for credentials one that belongs to a user.',
        },
        serviceKey: {
          type: 'apiKey',
          in: 'header',
          name: 'X-Service-Key',
          description: '`gateway.service_key` of the configuration.',
        },
      },
    },
  };
}
