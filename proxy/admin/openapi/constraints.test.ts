import { expect, test } from 'vitest';
import { SINGULAR, startApi, type Api } from '../governance/api.fixture.ts';
import { COUNT_PARAMETER } from '../governance/query.ts';
import { routingBed } from '../routing/routing.fixture.ts';
import { openApiDocument } from './document.ts';
import {
  bodyPointer,
  casesOf,
  constraintsOf,
  dereferenced,
  Judge,
  schemaAt,
  type Document,
  type Schema,
} from '../../../tests/setup/openapi-judge.ts';

const PLANS = ['free', 'pro'];
const BASE = '/api/governance';
const UNITS = ['cents', 'usd'] as const;
type Path = keyof typeof SINGULAR;
const PATHS = Object.keys(SINGULAR) as Path[];

function documentOf(unit: 'cents' | 'usd'): Document {
  // As clients get it: numbers are doubles.
  return JSON.parse(JSON.stringify(openApiDocument({ version: '1', unit }))) as Document;
}

function bodySchema(document: Document, path: string, method: string): Schema {
  return dereferenced(schemaAt(document, bodyPointer(path, method)), document);
}

/** Bodies with a name, in which one other member is on one side or the other of what the document says. */
function* bodies(schema: Schema, references: Readonly<Record<string, string>>): Generator {
  let next = 0;
  const name = (): string => `n${next++}`;
  for (const [member, one] of Object.entries(schema['properties'] as Record<string, Schema>)) {
    for (const value of casesOf(one)) {
      if (member === 'name') yield { name: value };
      else yield { name: name(), [member]: value };
    }
    if (member in references) yield { name: name(), [member]: references[member] };
  }
  yield* [{}, [], null, 'text', 5];
  for (const [team, customer] of [
    [true, true],
    [true, false],
    [false, true],
  ]) {
    const team_id = team === true ? references['team_id'] : null;
    const customer_id = customer === true ? references['customer_id'] : null;
    yield { name: name(), team_id, customer_id };
  }
}

function namesUnknown(body: unknown, references: Readonly<Record<string, string>>): boolean {
  return Object.entries(body as object).some(
    ([name, value]) => typeof value === 'string' && name in references && references[name] !== value,
  );
}

async function referencesOf(api: Api): Promise<Record<string, string>> {
  const [team, customer, user] = await Promise.all([
    api.make('/teams', { name: 'team' }),
    api.make('/customers', { name: 'customer' }),
    api.make('/users', { name: 'user' }),
  ]);
  return { team_id: team.id, customer_id: customer.id, user_id: user.id };
}

/** The constraints that have refused nothing. */
function untried({ refusedBy }: Judge, constraints: readonly string[]): string[] {
  return [...new Set(constraints)].filter((one) => !refusedBy.has(one));
}

test.each(
  PATHS.flatMap((path) => (path === '/teams' ? UNITS : UNITS.slice(0, 1)).map((unit) => [path, unit] as const)),
)(
  'POST %s takes what the document allows and nothing else, with amounts in %s',
  async (path, unit) => {
    const api = await startApi({ unit });
    const document = documentOf(unit);
    const schema = bodySchema(document, `${BASE}${path}`, 'post');
    const judge = new Judge(document, PLANS);
    const pointer = bodyPointer(`${BASE}${path}`, 'post');
    const statuses = new Map<number, number>();
    const references = await referencesOf(api);
    for (const body of bodies(schema, references)) {
      const fault = judge.fault(pointer, body);
      // An id that no entity has is refused for another reason than its form.
      if (fault === undefined && namesUnknown(body, references)) continue;
      const sent = JSON.stringify(body);
      const answer = await api.raw('post', path, sent);
      expect(answer.status, `${sent.slice(0, 200)}: ${fault ?? 'right'}; ${answer.text.slice(0, 200)}`).toBe(
        fault === undefined ? 201 : 400,
      );
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    }
    expect(Math.min(statuses.get(201)!, statuses.get(400)!)).toBeGreaterThan(20);
    expect(untried(judge, constraintsOf(schema))).toEqual([]);
  },
  60_000,
);

/** Limits of every kind, so that a change may be a part of one. */
const LIMITS = {
  budget: { max_limit: 1, reset_duration: '1h' },
  rate_limit: {
    token_max_limit: 1,
    token_reset_duration: '1h',
    request_max_limit: 1,
    request_reset_duration: '1h',
  },
};

test.each(PATHS)(
  'PUT %s takes what the document allows and nothing else',
  async (path) => {
    const api = await startApi();
    const document = documentOf('cents');
    const schema = bodySchema(document, `${BASE}${path}/{id}`, 'put');
    const judge = new Judge(document, PLANS);
    const pointer = bodyPointer(`${BASE}${path}/{id}`, 'put');
    const references = await referencesOf(api);
    const whole = { ...LIMITS, model_limits: { a: LIMITS }, provider_limits: { a: LIMITS } };
    let index = 0;
    const next = async (): Promise<string> => (await api.make(path, { ...whole, name: `victim ${index++}` })).id;
    let victim = await next();
    for (const body of bodies(schema, references)) {
      const fault = judge.fault(pointer, body);
      if (fault === undefined && namesUnknown(body, references)) continue;
      const sent = JSON.stringify(body);
      const { status, text } = await api.raw('put', `${path}/${victim}`, sent);
      if (status === 200) victim = await next();
      const about = `${sent.slice(0, 200)}: ${fault ?? 'right'}; ${text.slice(0, 200)}`;
      if (fault !== undefined) expect(status, about).toBe(400);
      // Whether a part of a limit is enough depends on what is there.
      else if (status === 400) expect(text, about).toMatch(/needs \w+_reset_duration|is required/);
      else expect(status, about).toBe(200);
    }
    expect(untried(judge, constraintsOf(schema))).toEqual([]);
  },
  60_000,
);

test.each<[string, string, (api: Api) => Promise<[path: string, body: (given: object) => object]>]>([
  [
    'rotate',
    `${BASE}/virtual-keys/{id}/rotate`,
    async (api) => [`/virtual-keys/${(await api.make('/virtual-keys', { name: 'k' })).id}/rotate`, (given) => given],
  ],
  [
    'usage-reset',
    `${BASE}/usage-reset`,
    async (api) => {
      const { id } = await api.make('/virtual-keys', { name: 'k' });
      return ['/usage-reset', (given) => ({ virtual_key_id: id, ...given })];
    },
  ],
])('POST %s takes what the document allows and nothing else', async (_what, route, start) => {
  const api = await startApi();
  const document = documentOf('cents');
  const schema = bodySchema(document, route, 'post');
  const judge = new Judge(document, PLANS);
  const [path, bodyWith] = await start(api);
  const pointer = bodyPointer(route, 'post');
  const own = Object.entries(schema['properties'] as Record<string, Schema>);
  const tried = own.flatMap(([name, one]) => casesOf(one).map((value) => bodyWith({ [name]: value })));
  for (const body of [...tried, [], null, {}]) {
    const fault = judge.fault(pointer, body);
    const { status, text } = await api.raw('post', path, JSON.stringify(body));
    const expected = fault === undefined ? [200, 404] : [400];
    expect(expected, `${JSON.stringify(body)}: ${fault ?? 'right'}; ${status} ${text}`).toContain(status);
  }
  expect(untried(judge, constraintsOf(schema))).toEqual([]);
});

test('query parameters of a list take what the document allows and nothing else', async () => {
  const api = await startApi();
  const limits = ['0', '1', '999999999999999', '1000000000000000', '-1', '1.5', 'x', '1e3'];
  const { maximum, minimum } = COUNT_PARAMETER as { maximum: number; minimum: number };
  for (const name of ['limit', 'offset']) {
    for (const text of limits) {
      const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
      const { status } = await api.get(`/teams?${name}=${text}`);
      expect([text, status]).toEqual([text, number >= minimum && number <= maximum ? 200 : 400]);
    }
  }
});

test('PUT of preferences takes what the document allows and nothing else', async () => {
  const { raw, make } = await routingBed();
  const document = documentOf('cents');
  const route = '/api/v1/routing/preferences/{id}';
  const schema = bodySchema(document, route, 'put');
  const judge = new Judge(document, []);
  const pointer = bodyPointer(route, 'put');
  const { id } = await make('virtual_key');
  const own = Object.entries(schema['properties'] as Record<string, Schema>).filter(([name]) => name !== 'id');
  const tried = own.flatMap(([name, one]) => casesOf(one).map((value) => ({ [name]: value })));
  const statuses = new Set<number>();
  for (const body of [...tried, { id }, { unheard_of: 1 }, {}, [], null, 'text', 5]) {
    const fault = judge.fault(pointer, body);
    const sent = JSON.stringify(body);
    const { status, text } = await raw('put', `/routing/preferences/${id}`, sent);
    expect(status, `${sent}: ${fault ?? 'right'}; ${text}`).toBe(fault === undefined ? 200 : 422);
    statuses.add(status);
  }
  expect(statuses.size).toBe(2);
  // The id of the path is the one that is taken.
  const constraints = constraintsOf(schema).filter((one) => !one.startsWith('#/properties/id/'));
  expect(untried(judge, constraints)).toEqual([]);
});
