import type { JournalFilter } from '../journal/entry.ts';
import { parseAnswerRule } from '../rules/script/answer-rule.ts';
import { InvalidInput, booleanAt, integerAt, numberAt, objectAt, stringAt } from '../rules/check.ts';
import { FAULT_CATALOGUE } from '../rules/faults/catalogue.ts';
import { parsePace } from '../rules/pace.ts';
import { ScriptRefused, parseScript } from '../rules/script/script.ts';
import { distributionOf } from '../journal/statistics.ts';
import type { FleetState } from './fleet-state.ts';
import { parseLimits } from './options/limits-input.ts';
import { parseStrictness } from './options/strictness-input.ts';
import type { Tenants } from './tenants.ts';
import { VirtualClock } from './virtual-clock.ts';
import type { TenantState } from './tenant-state.ts';

export const CONTROL_PREFIX = '/__mock/';

/** What the control API may touch. */
export interface Controlled {
  /** The one that the call is about. */
  readonly tenantState: TenantState;
  readonly tenants: Tenants;
  readonly fleetState: FleetState;
  readonly url: string;
  readonly port: number;
  /** Stops the server once the answer is on its way. */
  readonly stop: () => void;
}

interface ControlRequest {
  readonly server: Controlled;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

export interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

function filterOf(query: URLSearchParams): JournalFilter {
  const known = ['path', 'model', 'operation', 'since'];
  const stranger = [...query.keys()].find((name) => !known.includes(name));
  if (stranger !== undefined) throw new InvalidInput('query', `the filters ${known.join(', ')}`, stranger);
  const since = query.get('since');
  if (since !== null && (since === '' || !Number.isFinite(Number(since)))) {
    throw new InvalidInput('query.since', 'epoch milliseconds', since);
  }
  const texts = ['path', 'model', 'operation'].flatMap((name) => {
    const value = query.get(name);
    return value === null ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(texts), ...(since === null ? {} : { since: Number(since) }) };
}

/** `2,1,1`: what each server of the fleet should have got, in proportion. */
function weightsOf(text: string | null, servers: number): readonly number[] | undefined {
  if (text === null) return undefined;
  const weights = text.split(',').map((one) => (one.trim() === '' ? Number.NaN : Number(one)));
  if (weights.length === servers && weights.every((weight) => weight >= 0 && Number.isFinite(weight))) return weights;
  throw new InvalidInput('query.weights', `${servers} numbers of at least 0`, text);
}

function clockState({ clock }: TenantState): object {
  if (!(clock instanceof VirtualClock)) return { kind: 'real', now: clock.now() };
  return { kind: 'virtual', now: clock.now(), waiting: clock.waiting, nextMs: clock.nextMs ?? null };
}

function virtualClock({ clock }: TenantState): VirtualClock {
  if (clock instanceof VirtualClock) return clock;
  throw new InvalidInput('clock', "a server that was started with clock: 'virtual'", 'real');
}

/** `{"advance": ms}`, `{"set": epoch ms}`, `{"runAll": true}` or `{"waiting": n}`, which waits until n timers do. */
async function moveClock(tenantState: TenantState, body: unknown): Promise<object> {
  const clock = virtualClock(tenantState);
  const { advance, set, runAll, waiting } = objectAt(body, 'clock', ['advance', 'set', 'runAll', 'waiting']);
  let ran = 0;
  if (waiting !== undefined) await clock.whenWaiting(integerAt(waiting, 'clock.waiting'));
  if (set !== undefined) ran += clock.set(numberAt(set, 'clock.set'));
  if (advance !== undefined) ran += clock.advance(numberAt(advance, 'clock.advance'));
  if (runAll !== undefined && booleanAt(runAll, 'clock.runAll')) ran += clock.runAll();
  return { ran, ...clockState(tenantState) };
}

/** Below what callers of the control API wait for an answer. */
const WEBHOOK_WAIT_MS = 8000;

/** The deliveries that fit, once `count` of them were tried. */
async function awaitedWebhooks({ webhooks }: TenantState, query: URLSearchParams): Promise<object> {
  const known = ['type', 'endpoint', 'count'];
  const stranger = [...query.keys()].find((name) => !known.includes(name));
  if (stranger !== undefined) throw new InvalidInput('query', `the filters ${known.join(', ')}`, stranger);
  const count = integerAt(Number(query.get('count') ?? 0), 'query.count');
  const filter = { type: query.get('type') ?? undefined, endpoint: query.get('endpoint') ?? undefined };
  const late = Symbol('late');
  const { promise, resolve } = Promise.withResolvers<typeof late>();
  const timer = setTimeout(() => resolve(late), WEBHOOK_WAIT_MS);
  const won = await Promise.race([webhooks.tried(filter, count), promise]);
  clearTimeout(timer);
  if (won === late) {
    const found = `${webhooks.deliveries(filter).length} within ${WEBHOOK_WAIT_MS} ms`;
    throw new InvalidInput('webhooks', `${count} of ${filter.type ?? 'any type'}`, found);
  }
  return { webhooks: webhooks.deliveries(filter) };
}

/** One row a route: `METHOD name`. Returns the JSON of a 200, at once or later. */
const ROUTES: Readonly<Record<string, (request: ControlRequest) => unknown>> = {
  'GET health': ({ server }) => ({ status: 'ok', url: server.url, port: server.port, pid: process.pid }),
  'GET journal': ({ server, query }) => ({ entries: server.tenantState.journal.entries(filterOf(query)) }),
  'DELETE journal': ({ server, query }) => ({ deleted: server.tenantState.journal.clear(filterOf(query)) }),
  'POST answers': ({ server, body }) => {
    server.tenantState.answers.add(parseAnswerRule(body));
    return { rules: server.tenantState.answers.size };
  },
  'DELETE answers': ({ server }) => {
    server.tenantState.answers.clear();
    return { rules: 0 };
  },
  'GET faults': ({ server }) => ({ rules: server.tenantState.faults.size, catalogue: FAULT_CATALOGUE }),
  'POST faults': ({ server, body }) => {
    server.tenantState.faults.addInput(body);
    return { rules: server.tenantState.faults.size };
  },
  'DELETE faults': ({ server }) => {
    server.tenantState.faults.clear();
    return { rules: 0 };
  },
  'PATCH pace': ({ server, body }) => {
    server.tenantState.pace = { ...server.tenantState.pace, ...parsePace(body) };
    return server.tenantState.pace;
  },
  'GET limits': ({ server: { tenantState } }) => tenantState.limiter.report(tenantState.clock.now()),
  'PUT limits': ({ server: { tenantState }, body }) => {
    tenantState.limiter.set(parseLimits(body));
    return tenantState.limiter.report(tenantState.clock.now());
  },
  'DELETE limits': ({ server: { tenantState } }) => {
    tenantState.limiter.set(undefined);
    return tenantState.limiter.report(tenantState.clock.now());
  },
  'GET script': ({ server }) => ({ script: server.tenantState.script?.report() ?? null }),
  'PUT script': ({ server: { tenantState }, body }) => {
    tenantState.useScript(parseScript(body, 'the script'));
    return { script: tenantState.script?.report() };
  },
  'DELETE script': ({ server: { tenantState } }) => {
    tenantState.useScript(undefined);
    return { script: null };
  },
  'GET fleet/journal': ({ server: { fleetState, tenantState }, query }) => ({
    entries: fleetState.entries(tenantState.tenant, filterOf(query)),
  }),
  'GET fleet/statistics': ({ server: { fleetState, tenantState }, query }) => {
    const weights = weightsOf(query.get('weights'), fleetState.members.length);
    query.delete('weights');
    const ports = fleetState.members.map(({ port }) => port);
    return distributionOf(fleetState.entries(tenantState.tenant, filterOf(query)), ports, weights);
  },
  'GET clock': ({ server }) => clockState(server.tenantState),
  'POST clock': async ({ server, body }) => moveClock(server.tenantState, body),
  'GET tenants': ({ server }) => ({ tenants: server.tenants.names }),
  'DELETE tenants': ({ server }) => {
    const forgotten = server.tenants.names;
    server.tenants.forgetAll();
    return { forgotten };
  },
  'DELETE tenant': ({ server }) => ({ forgotten: server.tenants.forget(server.tenantState.tenant) }),
  'GET trace': ({ server }) => ({ trace: server.tenantState.trace }),
  'PUT trace': ({ server, body }) => {
    server.tenantState.trace = booleanAt(objectAt(body, 'body', ['trace'])['trace'], 'body.trace');
    return { trace: server.tenantState.trace };
  },
  'GET strictness': ({ server }) => ({ strictness: server.tenantState.strictness }),
  'PUT strictness': ({ server, body }) => {
    server.tenantState.strictness = parseStrictness(objectAt(body, 'body', ['strictness'])['strictness']);
    return { strictness: server.tenantState.strictness };
  },
  'GET webhooks': async ({ server, query }) => awaitedWebhooks(server.tenantState, query),
  'POST webhooks': ({ server, body }) => {
    const { type, data = {} } = objectAt(body, 'webhook', ['type', 'data']);
    const sent = server.tenantState.webhooks.publish(stringAt(type, 'webhook.type'), objectAt(data, 'webhook.data'));
    return { endpoints: sent };
  },
  'POST reset': ({ server }) => {
    server.tenantState.reset();
    return { status: 'ok' };
  },
  'POST stop': ({ server }) => {
    server.stop();
    return { status: 'stopping' };
  },
};

function failure(status: number, message: string): ControlAnswer {
  return { status, body: { error: { message } } };
}

export interface ControlCall {
  readonly method: string;
  /** What follows the prefix. */
  readonly name: string;
  readonly query: string;
  readonly rawBody: Buffer;
}

/** Answers a request under `/__mock/`. */
export async function control(server: Controlled, call: ControlCall): Promise<ControlAnswer> {
  const { method, name, query, rawBody } = call;
  const route = ROUTES[`${method} ${name}`];
  if (route === undefined) {
    return failure(404, `${method} ${CONTROL_PREFIX}${name}: expected one of ${Object.keys(ROUTES).join(', ')}`);
  }
  try {
    const body: unknown = rawBody.length === 0 ? undefined : JSON.parse(rawBody.toString());
    return { status: 200, body: await route({ server, query: new URLSearchParams(query), body }) };
  } catch (error) {
    if (error instanceof InvalidInput || error instanceof ScriptRefused) return failure(400, error.message);
    if (error instanceof SyntaxError) return failure(400, `body: expected JSON, found ${error.message}`);
    throw error;
  }
}
