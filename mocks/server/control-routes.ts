import type { JournalEntry, JournalFilter } from '../journal/entry.ts';
import { distributionOf } from '../journal/statistics.ts';
import { ANSWER_RULE_SCHEMA, parseAnswerRule } from '../rules/script/answer-rule.ts';
import { InvalidInput, integerAt } from '../rules/check.ts';
import { FAULT_RULE_SCHEMA } from '../rules/fault.ts';
import { FAULT_CATALOGUE } from '../rules/faults/catalogue.ts';
import { paceShape, parsePace } from '../rules/pace.ts';
import type { RuleList } from '../rules/rule-list.ts';
import { SCRIPT_SCHEMA } from '../rules/script/rule-input.ts';
import { parseScript } from '../rules/script/script.ts';
import { flag, number, object, record, text, whole } from '../rules/shape.ts';
import type { JsonSchema } from '../rules/shape.ts';
import { controlDocument } from './control-document.ts';
import type { Parameters } from './control-document.ts';
import type { Controlled } from './controlled.ts';
import { limitsShape, parseLimits } from './options/limits-input.ts';
import { parseStrictness, strictnessShape } from './options/strictness-input.ts';
import { VirtualClock } from './virtual-clock.ts';
import type { TenantState } from './tenant-state.ts';

interface ControlRequest {
  readonly server: Controlled;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

/** One route: what it does, what it takes, and how. Other parameters of a query are refused where there are some. */
export interface ControlRoute {
  readonly summary: string;
  readonly query?: Parameters;
  readonly body?: JsonSchema;
  /** Returns the JSON of a 200, at once or later. */
  readonly run: (request: ControlRequest) => unknown;
}

const TEXT: JsonSchema = { type: 'string' };
const FILTERS: Parameters = {
  path: { description: 'Of this path.', schema: TEXT },
  model: { description: 'For this model.', schema: TEXT },
  operation: { description: 'Of this operation.', schema: TEXT },
  since: { description: 'Begun at this moment or later, epoch milliseconds.', schema: { type: 'number' } },
};

const JOURNAL: Parameters = {
  ...FILTERS,
  last: { description: 'The newest of them alone, so many.', schema: whole(1).schema },
};
const ONE_RULE: Parameters = {
  id: { description: 'This rule alone, by its id in the list.', schema: whole(1).schema },
};

/** The entries that a query asks for, oldest first. */
function journalEntries({ tenantState }: Controlled, query: URLSearchParams): readonly JournalEntry[] {
  assertKnown(query, JOURNAL);
  const last = query.get('last');
  query.delete('last');
  const entries = tenantState.journal.entries(filterOf(query));
  return last === null ? entries : entries.slice(-integerAt(Number(last), 'query.last', 1));
}

/** Forgets one rule, or all of them. */
function forgetRules(rules: RuleList<unknown>, query: URLSearchParams): object {
  assertKnown(query, ONE_RULE);
  const id = query.get('id');
  if (id === null) rules.clear();
  else if (!rules.remove(Number(id))) throw new InvalidInput('query.id', 'the id of a rule that is not used up', id);
  return { rules: rules.size };
}

function assertKnown(query: URLSearchParams, parameters: Parameters): void {
  const known = Object.keys(parameters);
  const stranger = [...query.keys()].find((name) => !known.includes(name));
  if (stranger !== undefined) throw new InvalidInput('query', `the filters ${known.join(', ')}`, stranger);
}

function filterOf(query: URLSearchParams): JournalFilter {
  assertKnown(query, FILTERS);
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

const CLOCK = record({ advance: number(), set: number(), runAll: flag, waiting: whole() });

/** `{"advance": ms}`, `{"set": epoch ms}`, `{"runAll": true}` or `{"waiting": n}`, which waits until n timers do. */
async function moveClock(tenantState: TenantState, body: unknown): Promise<object> {
  const clock = virtualClock(tenantState);
  const { advance, set, runAll, waiting } = CLOCK.read(body, 'clock');
  let ran = 0;
  if (waiting !== undefined) await clock.whenWaiting(waiting);
  if (set !== undefined) ran += clock.set(set);
  if (advance !== undefined) ran += clock.advance(advance);
  if (runAll === true) ran += clock.runAll();
  return { ran, ...clockState(tenantState) };
}

const DELIVERIES: Parameters = {
  type: { description: 'Of this type of event.', schema: TEXT },
  endpoint: { description: 'To the webhook endpoint with this id.', schema: TEXT },
  count: { description: 'Waits until so many were tried.', schema: whole().schema },
};

/** Below what callers of the control API wait for an answer. */
const WEBHOOK_WAIT_MS = 8000;

/** The deliveries that fit, once `count` of them were tried. */
async function awaitedWebhooks({ webhooks }: TenantState, query: URLSearchParams): Promise<object> {
  assertKnown(query, DELIVERIES);
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

const WEIGHTS = { description: 'What each server should have got, in proportion: `2,1,1`.', schema: TEXT };
const TRACE = record({ trace: flag }, ['trace']);
const STRICTNESS = record({ strictness: strictnessShape }, ['strictness']);
const WEBHOOK = record({ type: text, data: object }, ['type']);

/** One row a route: `METHOD name`. */
export const ROUTES: Readonly<Record<string, ControlRoute>> = {
  'GET health': {
    summary: 'Who answers',
    run: ({ server }) => ({ status: 'ok', url: server.url, port: server.port, pid: process.pid }),
  },
  'GET journal': {
    summary: 'What came in, oldest first',
    query: JOURNAL,
    run: ({ server, query }) => ({ entries: journalEntries(server, query) }),
  },
  'DELETE journal': {
    summary: 'Forget what came in',
    query: FILTERS,
    run: ({ server, query }) => ({ deleted: server.tenantState.journal.clear(filterOf(query)) }),
  },
  'GET answers': {
    summary: 'The scripted answers, oldest first',
    run: ({ server: { tenantState } }) => ({ rules: tenantState.answers.size, scripted: tenantState.answers.list() }),
  },
  'POST answers': {
    summary: 'Script an answer',
    body: ANSWER_RULE_SCHEMA,
    run: ({ server, body }) => {
      server.tenantState.answers.add(parseAnswerRule(body), body);
      return { rules: server.tenantState.answers.size };
    },
  },
  'DELETE answers': {
    summary: 'Forget the scripted answers, or one of them',
    query: ONE_RULE,
    run: ({ server, query }) => forgetRules(server.tenantState.answers, query),
  },
  'GET faults': {
    summary: 'The scripted failures, oldest first, and the catalogue',
    run: ({ server: { tenantState } }) => ({
      rules: tenantState.faults.size,
      scripted: tenantState.faults.list(),
      catalogue: FAULT_CATALOGUE,
    }),
  },
  'POST faults': {
    summary: 'Script a failure',
    body: FAULT_RULE_SCHEMA,
    run: ({ server, body }) => {
      server.tenantState.faults.addInput(body);
      return { rules: server.tenantState.faults.size };
    },
  },
  'DELETE faults': {
    summary: 'Forget the scripted failures, or one of them',
    query: ONE_RULE,
    run: ({ server, query }) => forgetRules(server.tenantState.faults, query),
  },
  'PATCH pace': {
    summary: 'Change fields of the pace',
    body: paceShape.schema,
    run: ({ server, body }) => {
      server.tenantState.pace = { ...server.tenantState.pace, ...parsePace(body) };
      return server.tenantState.pace;
    },
  },
  'GET limits': {
    summary: 'The rate limits and quotas, and what is left',
    run: ({ server: { tenantState } }) => tenantState.limiter.report(tenantState.clock.now()),
  },
  'PUT limits': {
    summary: 'Put other rate limits and quotas in place',
    body: limitsShape.schema,
    run: ({ server: { tenantState }, body }) => {
      tenantState.limiter.set(parseLimits(body));
      return tenantState.limiter.report(tenantState.clock.now());
    },
  },
  'DELETE limits': {
    summary: 'Take rate limits and quotas away',
    run: ({ server: { tenantState } }) => {
      tenantState.limiter.set(undefined);
      return tenantState.limiter.report(tenantState.clock.now());
    },
  },
  'GET script': {
    summary: 'How the script is doing',
    run: ({ server }) => ({ script: server.tenantState.script?.report() ?? null }),
  },
  'PUT script': {
    summary: 'Put a script in place, from its beginning',
    body: SCRIPT_SCHEMA,
    run: ({ server: { tenantState }, body }) => {
      tenantState.useScript(parseScript(body, 'the script'));
      return { script: tenantState.script?.report() };
    },
  },
  'DELETE script': {
    summary: 'Take the script away',
    run: ({ server: { tenantState } }) => {
      tenantState.useScript(undefined);
      return { script: null };
    },
  },
  'GET fleet/journal': {
    summary: 'What came in at all servers of the fleet',
    query: FILTERS,
    run: ({ server: { fleetState, tenantState }, query }) => ({
      entries: fleetState.entries(tenantState.tenant, filterOf(query)),
    }),
  },
  'GET fleet/statistics': {
    summary: 'How requests were spread over the fleet',
    query: { ...FILTERS, weights: WEIGHTS },
    run: ({ server: { fleetState, tenantState }, query }) => {
      const weights = weightsOf(query.get('weights'), fleetState.members.length);
      query.delete('weights');
      const ports = fleetState.members.map(({ port }) => port);
      return distributionOf(fleetState.entries(tenantState.tenant, filterOf(query)), ports, weights);
    },
  },
  'GET clock': {
    summary: 'What time it is',
    run: ({ server }) => clockState(server.tenantState),
  },
  'POST clock': {
    summary: 'Move a virtual clock',
    body: CLOCK.schema,
    run: async ({ server, body }) => moveClock(server.tenantState, body),
  },
  'GET tenants': {
    summary: 'Names of the tenants',
    run: ({ server }) => ({ tenants: server.tenants.names }),
  },
  'DELETE tenants': {
    summary: 'Forget all tenants',
    run: ({ server }) => {
      const forgotten = server.tenants.names;
      server.tenants.forgetAll();
      return { forgotten };
    },
  },
  'DELETE tenant': {
    summary: 'Forget the tenant of this path',
    run: ({ server }) => ({ forgotten: server.tenants.forget(server.tenantState.tenant) }),
  },
  'GET trace': {
    summary: 'Whether the journal notes every event',
    run: ({ server }) => ({ trace: server.tenantState.trace }),
  },
  'PUT trace': {
    summary: 'Note every event, or do not',
    body: TRACE.schema,
    run: ({ server, body }) => {
      server.tenantState.trace = TRACE.read(body, 'body').trace ?? false;
      return { trace: server.tenantState.trace };
    },
  },
  'GET strictness': {
    summary: 'How strict requests are judged',
    run: ({ server }) => ({ strictness: server.tenantState.strictness }),
  },
  'PUT strictness': {
    summary: 'Judge requests by another level',
    body: STRICTNESS.schema,
    run: ({ server, body }) => {
      server.tenantState.strictness = parseStrictness(STRICTNESS.read(body, 'body').strictness);
      return { strictness: server.tenantState.strictness };
    },
  },
  'GET webhooks': {
    summary: 'Deliveries of webhooks',
    query: DELIVERIES,
    run: async ({ server, query }) => awaitedWebhooks(server.tenantState, query),
  },
  'POST webhooks': {
    summary: 'Send an event to the webhook endpoints',
    body: WEBHOOK.schema,
    run: ({ server, body }) => {
      const { type = '', data = {} } = WEBHOOK.read(body, 'webhook');
      const sent = server.tenantState.webhooks.publish(type, data);
      return { endpoints: sent };
    },
  },
  'POST reset': {
    summary: 'Forget the journal, rules and stored objects, and restore the settings of the start',
    run: ({ server }) => {
      server.tenantState.reset();
      return { status: 'ok' };
    },
  },
  'POST stop': {
    summary: 'Stop the server',
    run: ({ server }) => {
      server.stop();
      return { status: 'stopping' };
    },
  },
  'GET openapi.json': {
    summary: 'This document, OpenAPI 3.1',
    run: () => controlDocument(ROUTES),
  },
};
