import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { seededRandom } from '../core/random.ts';
import { routeRule } from '../core/route-families.ts';
import { PROTOCOLS } from '../protocols/table.ts';
import type { OperationId } from '../protocols/types.ts';
import { Affinity } from '../routing/affinity.ts';
import { createRouter } from '../routing/router.ts';
import { RetryBudget } from '../routing/retry-budget.ts';
import type { Endpoint } from '../routing/types.ts';
import { secretName } from './client-secret.ts';
import type { RequestContext } from './context.ts';
import { opaqueFacts } from './opaque-facts.ts';
import { candidatesFor } from './passthrough-candidates.ts';
import type { PassthroughState } from './passthrough-state.ts';
import type { ModelRuntime, Runtime } from './runtime.ts';

const clock = new ManualClock();

function endpoint(id: string, account: string, provider = 'openai'): Endpoint {
  const credential = { kind: 'key', value: account } as const;
  return { id, provider, origin: 'http://x', basePath: '/v1', credential, weight: 1, headers: {} };
}

function model(name: string, ...endpoints: Endpoint[]): ModelRuntime {
  const router = createRouter({
    model: name,
    strategy: 'round-robin',
    endpoints,
    settings: { allowedFails: 1, cooldownMs: 1_000 },
    clock,
    random: seededRandom(1),
  });
  return {
    name,
    router,
    attempts: 3,
    timeouts: { connectMs: 1, firstByteMs: 2, idleMs: 3, firstContentMs: 4, answerMs: 5, totalMs: 6 },
    retries: new RetryBudget(20),
  } as unknown as ModelRuntime;
}

const usual = model('usual', endpoint('usual/a', 'one'), endpoint('usual/b', 'two'));
const other = model('other', endpoint('other/c', 'three'), endpoint('other/d', 'one'));
const apart = model('apart', endpoint('apart/e', 'four'), endpoint('apart/f', 'five'));

const mixed = model('mixed', endpoint('mixed/g', 'six', 'gemini'), endpoint('mixed/h', 'seven', 'anthropic'));

interface Ask {
  readonly path: string;
  readonly query?: string;
  readonly model?: ModelRuntime;
  readonly repeatable?: boolean;
  readonly secret?: string;
  readonly owners?: Readonly<Record<string, string>>;
  readonly fallback?: string;
  /** Default OpenAI's. */
  readonly api?: OperationId;
}

/** The endpoints that are asked in turn, while each fails. */
async function asked(ask: Ask): Promise<string[]> {
  const affinity = new Affinity({ clock });
  for (const [id, owner] of Object.entries(ask.owners ?? {})) affinity.remember([id], owner);
  const state = { rule: routeRule(ask.path), repeatable: ask.repeatable === true, clientSecret: ask.secret };
  const context = {
    head: { method: 'POST', path: ask.path, query: ask.query ?? '', headers: {} },
    protocol: PROTOCOLS[ask.api ?? 'chat.completions'],
    model: ask.model,
    facts: ask.model && opaqueFacts(ask.model.name),
    operation: 'passthrough',
    passthrough: state,
  };
  const runtime = { affinity, models: [usual, other, apart, mixed], passthrough: { model: ask.fallback ?? 'usual' } };
  const chosen = await candidatesFor(
    context as unknown as RequestContext,
    state as unknown as PassthroughState,
    runtime as unknown as Runtime,
  );
  await chosen.candidates.prepare();
  const order: string[] = [];
  for (let next = chosen.candidates.next(); next; next = chosen.candidates.next()) {
    order.push(next.lease.endpoint.id);
    next.lease.release({ kind: 'client_left' });
    if (!chosen.candidates.mayGoOn({ kind: 'server_error' }, next.lease.endpoint)) break;
  }
  expect(order.every((id) => id.startsWith(`${chosen.model.name}/`))).toBe(true);
  return order;
}

const FRESH = { path: '/images/generations', repeatable: true };

test('what names its model and keeps nothing may reach every endpoint of the model', async () => {
  expect((await asked({ ...FRESH, model: usual })).toSorted()).toEqual(['usual/a', 'usual/b']);
});

test('what must not be repeated reaches one of them, and the next time another', async () => {
  const once = { ...FRESH, repeatable: false, model: apart };
  const orders = [await asked(once), await asked(once)];
  expect(orders.map(({ length }) => length)).toEqual([1, 1]);
  expect(orders.flat().toSorted()).toEqual(['apart/e', 'apart/f']);
});

test.each(['/files', '/moderations', '/threads/thread_1'])(
  '%s without a model belongs to the usual account',
  async (path) => {
    for (let again = 0; again < 3; again += 1) expect(await asked({ path })).toEqual(['usual/a']);
    expect(await asked({ path, fallback: 'apart' })).toEqual(['apart/e']);
    expect(await asked({ path, fallback: 'gone' })).toEqual(['usual/a']);
  },
);

test('what is about a thing that is known goes to the endpoint that made it', async () => {
  const owners = { thread_1: 'other/c', gone: 'removed/x' };
  expect(await asked({ path: '/threads/thread_1/messages', owners })).toEqual(['other/c']);
  expect(await asked({ path: '/threads/gone/messages', owners })).toEqual(['usual/a']);
  expect(await asked({ path: '/realtime', query: 'call_id=thread_1', owners })).toEqual(['other/c']);
});

test('the names of things count on routes that keep things alone', async () => {
  expect(await asked({ path: '/audio/thread_1', owners: { thread_1: 'other/c' } })).toEqual(['usual/a']);
});

test('what is to be kept goes to the usual account where the model has it, else always to the same endpoint', async () => {
  expect(await asked({ path: '/assistants', model: usual })).toEqual(['usual/a']);
  expect(await asked({ path: '/assistants', model: other })).toEqual(['other/d']);
  for (let again = 0; again < 3; again += 1)
    expect(await asked({ path: '/assistants', model: apart })).toEqual(['apart/e']);
});

test('with a model and a thing that is known the account of the thing decides', async () => {
  const owners = { thread_1: 'usual/b', thread_2: 'apart/f' };
  expect(await asked({ path: '/threads/thread_1/runs', model: usual, owners })).toEqual(['usual/b']);
  expect(await asked({ path: '/threads/thread_2/runs', model: apart, owners })).toEqual(['apart/f']);
});

test('a session is opened at any endpoint of its model; a client’s secret leads to the one that gave it', async () => {
  const open = { path: '/realtime', model: apart };
  const firsts = [await asked(open), await asked(open)].flat();
  expect(firsts.toSorted()).toEqual(['apart/e', 'apart/f']);
  const owners = { [secretName('ek_1')]: 'apart/f' };
  for (let again = 0; again < 3; again += 1)
    expect(await asked({ ...open, secret: 'ek_1', owners })).toEqual(['apart/f']);
  expect(await asked({ path: '/realtime/calls', secret: 'ek_1', owners })).toEqual(['apart/f']);
  expect(await asked({ path: '/realtime/calls', secret: 'ek_2', owners })).toEqual(['usual/a']);
});

test('an endpoint that the request belongs to is refused by no other in its place', async () => {
  const lone = model('lone', endpoint('lone/a', 'one'), endpoint('lone/b', 'two'));
  lone.router.acquire({ ownerId: 'lone/a' }, new Set())?.release({ kind: 'unauthorized' });
  const pinned = await candidatesFor(
    {
      head: { path: '/files', query: '', headers: {} },
      protocol: PROTOCOLS.responses,
      model: undefined,
      operation: 'x',
    } as unknown as RequestContext,
    { rule: routeRule('/files') } as unknown as PassthroughState,
    { affinity: new Affinity({ clock }), models: [lone], passthrough: { model: 'lone' } } as unknown as Runtime,
  );
  expect(pinned.candidates.next()?.lease.endpoint.id).not.toBe('lone/b');
  expect(pinned.candidates.unavailable()).toMatchObject({ code: 'no_endpoint_available' });
});

test('only endpoints that serve the API of the route are asked', async () => {
  const method = '/models/mixed:predict';
  expect(await asked({ path: method, model: mixed, api: 'gemini.generate', repeatable: true })).toEqual(['mixed/g']);
  expect(await asked({ path: '/files', api: 'gemini.generate' })).toEqual(['mixed/g']);
  expect(await asked({ path: '/messages/batches', api: 'messages' })).toEqual(['mixed/h']);
  const owners = { file_1: 'usual/a' };
  expect(await asked({ path: '/files/file_1', api: 'messages', owners })).toEqual(['mixed/h']);
  await expect(asked({ path: '/messages', model: usual, api: 'messages' })).rejects.toMatchObject({
    code: 'protocol_not_supported',
  });
});
