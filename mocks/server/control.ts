import type { JournalFilter } from '../journal/entry.ts';
import { parseAnswerRule } from '../rules/answer.ts';
import { InvalidInput, booleanAt, integerAt, numberAt, objectAt } from '../rules/check.ts';
import { FAULT_CATALOGUE } from '../rules/faults/catalogue.ts';
import { parsePace } from '../rules/pace.ts';
import { ScriptRefused, parseScript } from '../rules/script/script.ts';
import { distributionOf } from '../journal/statistics.ts';
import type { Commons } from './commons.ts';
import { parseLimits } from './gate/limits-input.ts';
import { parseStrictness } from './gate/strictness-input.ts';
import type { Tenants } from './tenants.ts';
import { VirtualClock } from './virtual-clock.ts';
import type { World } from './world.ts';

export const CONTROL_PREFIX = '/__mock/';

/** What the control API may touch. */
export interface Controlled {
  /** The one that the call is about. */
  readonly world: World;
  readonly tenants: Tenants;
  readonly commons: Commons;
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

function clockState({ clock }: World): object {
  if (!(clock instanceof VirtualClock)) return { kind: 'real', now: clock.now() };
  return { kind: 'virtual', now: clock.now(), waiting: clock.waiting, nextMs: clock.nextMs ?? null };
}

function virtualClock({ clock }: World): VirtualClock {
  if (clock instanceof VirtualClock) return clock;
  throw new InvalidInput('clock', "a server that was started with clock: 'virtual'", 'real');
}

/** `{"advance": ms}`, `{"set": epoch ms}`, `{"runAll": true}` or `{"waiting": n}`, which waits until n timers do. */
async function moveClock(world: World, body: unknown): Promise<object> {
  const clock = virtualClock(world);
  const { advance, set, runAll, waiting } = objectAt(body, 'clock', ['advance', 'set', 'runAll', 'waiting']);
  let ran = 0;
  if (waiting !== undefined) await clock.whenWaiting(integerAt(waiting, 'clock.waiting'));
  if (set !== undefined) ran += clock.set(numberAt(set, 'clock.set'));
  if (advance !== undefined) ran += clock.advance(numberAt(advance, 'clock.advance'));
  if (runAll !== undefined && booleanAt(runAll, 'clock.runAll')) ran += clock.runAll();
  return { ran, ...clockState(world) };
}

/** One row a route: `METHOD name`. Returns the JSON of a 200, at once or later. */
const ROUTES: Readonly<Record<string, (request: ControlRequest) => unknown>> = {
  'GET health': ({ server }) => ({ status: 'ok', url: server.url, port: server.port, pid: process.pid }),
  'GET journal': ({ server, query }) => ({ entries: server.world.journal.entries(filterOf(query)) }),
  'DELETE journal': ({ server, query }) => ({ deleted: server.world.journal.clear(filterOf(query)) }),
  'POST answers': ({ server, body }) => {
    server.world.answers.add(parseAnswerRule(body));
    return { rules: server.world.answers.size };
  },
  'DELETE answers': ({ server }) => {
    server.world.answers.clear();
    return { rules: 0 };
  },
  'GET faults': ({ server }) => ({ rules: server.world.faults.size, catalogue: FAULT_CATALOGUE }),
  'POST faults': ({ server, body }) => {
    server.world.faults.addInput(body);
    return { rules: server.world.faults.size };
  },
  'DELETE faults': ({ server }) => {
    server.world.faults.clear();
    return { rules: 0 };
  },
  'PATCH pace': ({ server, body }) => {
    server.world.pace = { ...server.world.pace, ...parsePace(body) };
    return server.world.pace;
  },
  'GET limits': ({ server: { world } }) => world.limiter.report(world.clock.now()),
  'PUT limits': ({ server: { world }, body }) => {
    world.limiter.set(parseLimits(body));
    return world.limiter.report(world.clock.now());
  },
  'DELETE limits': ({ server: { world } }) => {
    world.limiter.set(undefined);
    return world.limiter.report(world.clock.now());
  },
  'GET script': ({ server }) => ({ script: server.world.script?.report() ?? null }),
  'PUT script': ({ server: { world }, body }) => {
    world.useScript(parseScript(body, 'the script'));
    return { script: world.script?.report() };
  },
  'DELETE script': ({ server: { world } }) => {
    world.useScript(undefined);
    return { script: null };
  },
  'GET fleet/journal': ({ server: { commons, world }, query }) => ({
    entries: commons.entries(world.tenant, filterOf(query)),
  }),
  'GET fleet/statistics': ({ server: { commons, world }, query }) => {
    const weights = weightsOf(query.get('weights'), commons.members.length);
    query.delete('weights');
    const ports = commons.members.map(({ port }) => port);
    return distributionOf(commons.entries(world.tenant, filterOf(query)), ports, weights);
  },
  'GET clock': ({ server }) => clockState(server.world),
  'POST clock': async ({ server, body }) => moveClock(server.world, body),
  'GET tenants': ({ server }) => ({ tenants: server.tenants.names }),
  'DELETE tenant': ({ server }) => ({ forgotten: server.tenants.forget(server.world.tenant) }),
  'GET trace': ({ server }) => ({ trace: server.world.trace }),
  'PUT trace': ({ server, body }) => {
    server.world.trace = booleanAt(objectAt(body, 'body', ['trace'])['trace'], 'body.trace');
    return { trace: server.world.trace };
  },
  'GET strictness': ({ server }) => ({ strictness: server.world.strictness }),
  'PUT strictness': ({ server, body }) => {
    server.world.strictness = parseStrictness(objectAt(body, 'body', ['strictness'])['strictness']);
    return { strictness: server.world.strictness };
  },
  'POST reset': ({ server }) => {
    server.world.reset();
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
