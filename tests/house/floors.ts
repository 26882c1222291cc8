/** Floor of every room: a file imports from its own room or from a lower floor. A room that is not listed may not exist. */
export const FLOORS: Readonly<Record<string, number>> = {
  'proxy/core': 0,
  'proxy/wire': 1,
  'proxy/config': 1,
  'proxy/redis': 1,
  'proxy/database': 1,
  'proxy/schema-check': 1,
  'proxy/protocols': 2,
  'proxy/providers': 3,
  'proxy/translate': 3,
  'proxy/routing': 3,
  'proxy/upstream': 3,
  'proxy/cache': 3,
  'proxy/flights': 3,
  'proxy/governance': 3,
  'proxy/responses-state': 3,
  'proxy/telemetry': 3,
  'proxy/usage': 3,
  'proxy/tracing': 4,
  'proxy/generation': 4,
  'proxy/auto': 4,
  'proxy/pricing': 4,
  'proxy/pipeline': 5,
  'proxy/server': 6,
  'proxy/admin': 6,
  // Runs in browsers: of the proxy it imports types alone.
  'proxy/dashboard': 7,
  'proxy/commands': 7,
  'proxy/workers': 7,
  'proxy/govern': 6,
  // The files at the top of proxy/: app, composition, cli, bin, index.
  proxy: 8,
  'mocks/generation': 0,
  'mocks/refusals': 0,
  'mocks/dialects': 1,
  'mocks/rules': 1,
  'mocks/state': 1,
  'mocks/strictness': 1,
  'mocks/limits': 1,
  'mocks/journal': 1,
  'mocks/resources': 2,
  'mocks/sockets': 2,
  'mocks/webhooks': 2,
  'mocks/oracles': 2,
  'mocks/server': 3,
  'mocks/cassettes': 4,
  'mocks/conformance': 4,
  'mocks/commands': 5,
  // The files at the top of mocks/: index, cli, matchers, test runners.
  mocks: 6,
};

/** The one way from house to house: the command line starts the mock's. */
const DOORS = new Set(['proxy/command-tree.ts mocks/cli.ts']);

/** Packages that one room alone may import (or one file, where a path names it). */
export const VENDORS: Readonly<Record<string, readonly string[]>> = {
  express: ['proxy/admin'],
  preact: ['proxy/dashboard'],
  'preact/hooks': ['proxy/dashboard'],
  htm: ['proxy/dashboard'],
  '@preact/signals': ['proxy/dashboard'],
  uplot: ['proxy/dashboard/parts'],
  ioredis: ['proxy/redis'],
  kysely: ['proxy/database', 'proxy/governance', 'proxy/usage'],
  pg: ['proxy/database'],
  undici: ['proxy/upstream'],
  yaml: ['proxy/config', 'mocks/rules'],
  zod: ['proxy/config'],
  'http-proxy-middleware': ['proxy/server/upload'],
  'lru-cache': [
    'proxy/auto',
    'proxy/routing',
    'proxy/cache',
    'proxy/pipeline',
    'proxy/responses-state',
    'proxy/governance',
    'proxy/schema-check',
    'proxy/workers',
  ],
  ajv: ['proxy/schema-check'],
  'ajv-formats': ['proxy/schema-check'],
  '@opentelemetry/api': ['proxy/tracing'],
  '@opentelemetry/core': ['proxy/tracing'],
  '@opentelemetry/resources': ['proxy/tracing'],
  '@opentelemetry/sdk-trace': ['proxy/tracing'],
  '@opentelemetry/exporter-trace-otlp-http': ['proxy/tracing'],
  '@opentelemetry/exporter-trace-otlp-proto': ['proxy/tracing'],
  'prom-client': ['proxy/telemetry'],
  pino: ['proxy/telemetry'],
  commander: ['proxy', 'proxy/commands', 'mocks/commands'],
  '@remix-run/multipart-parser': ['mocks/server/multipart'],
  re2js: ['mocks/rules', 'mocks/generation'],
  '@pydantic/genai-prices': ['proxy/usage'],
  ws: ['mocks/server', 'proxy/server/sockets'],
};

/** `proxy/routing/strategies/a.ts` lives in `proxy/routing`, `proxy/app.ts` in `proxy`. */
export function roomOf(file: string): string {
  const [house, room, ...rest] = file.split('/');
  return rest.length === 0 ? house! : `${house}/${room}`;
}

/** Why `file` may not import `target`, or undefined when it may. Both are repository paths. */
export function floorFault(file: string, target: string): string | undefined {
  const from = roomOf(file);
  const to = roomOf(target);
  if (from === to || DOORS.has(`${file} ${target}`)) return undefined;
  if (file.split('/')[0] !== target.split('/')[0]) {
    return startsTheMock(file, target) ? undefined : `${from} and ${to} are different houses`;
  }
  const [fromFloor, toFloor] = [FLOORS[from], FLOORS[to]];
  if (fromFloor === undefined || toFloor === undefined) {
    return `${fromFloor === undefined ? from : to} is a room without a floor`;
  }
  if (toFloor < fromFloor) return undefined;
  return `${from} (floor ${fromFloor}) may not import from ${to} (floor ${toFloor})`;
}

/** The one door between the houses: the top of the proxy starts the mock through its public faces. */
function startsTheMock(file: string, target: string): boolean {
  return roomOf(file) === 'proxy' && (target === 'mocks/cli.ts' || target === 'mocks/index.ts');
}

/** Why `file` may not import the package `name`, or undefined when it may. */
export function vendorFault(file: string, name: string): string | undefined {
  const homes = VENDORS[name];
  if (homes === undefined) return `${name} has no room of its own in tests/house/floors.ts`;
  if (homes.some((home) => roomOf(file) === home || file.startsWith(`${home}/`) || file === `${home}.ts`))
    return undefined;
  return `${name} lives in ${homes.join(', ')} alone`;
}
