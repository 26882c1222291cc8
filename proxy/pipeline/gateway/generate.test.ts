import { expect, test } from 'vitest';
import { Secret } from '../../core/secret.ts';
import { JSON_HEAD, turn } from '../../generation/generation.fixture.ts';
import type { OverrideEntry } from '../../governance/gateway/types.ts';
import type { UserLookup } from '../../governance/lookup.ts';
import { createContext } from '../context.ts';
import { governedBed } from '../governed/governed.fixture.ts';
import { operationBed } from '../operation.fixture.ts';
import { runPipeline } from '../pipeline.ts';
import { FakeResponder } from '../responder.fixture.ts';
import type { Runtime } from '../runtime.ts';
import { DETAIL_PROTOCOL } from './detail-protocol.ts';
import { ProviderGate } from './provider-gate.ts';
import { GATEWAY_STAGES } from './stages.ts';
import type { GatewayTools } from './types.ts';

const ANSWER = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1_000, completion_tokens: 500, total_tokens: 1_500 },
});

/** The stages over a provider that the test answers for, with this many requests and tokens a minute. */
function build({ rpm = 0, tpm = 0, preview = false } = {}) {
  const bed = operationBed({}, ['a']);
  const governed = governedBed(bed.clock);
  const gate = new ProviderGate({ id: 'p', name: 'claude', rpm, tpm }, governed.counters);
  const overrides = new Map<string, OverrideEntry>();
  const asked: string[] = [];
  const state: { user: UserLookup; known: ReadonlySet<string> } = {
    user: { state: 'unknown' },
    known: new Set(['claude', 'openai']),
  };
  const gateway: GatewayTools = {
    stages: GATEWAY_STAGES,
    serviceKey: new Secret('the key'),
    defaultProvider: 'claude',
    defaultModel: 'model-by-default',
    promptPreview: preview,
    directory: { override: (user, service) => overrides.get(`${user} ${service}`) ?? overrides.get(user) },
    user: () => state.user,
    provider: (name) => {
      asked.push(name);
      const [model] = bed.runtime.models;
      if (!model || !state.known.has(name)) return `The provider '${name}' does not exist.`;
      return { dialect: 'openai', model: { ...model, gate: () => gate.ask() }, spent: (tokens) => gate.spent(tokens) };
    },
  };
  const runtime: Runtime = { ...bed.runtime, governed: { ...governed.tools, gateway } };
  const ask = (fields: object = {}) => {
    const body = Buffer.from(JSON.stringify({ user_id: 'u1', service: 'chat', prompt: 'hello', ...fields }));
    const responder = new FakeResponder();
    const context = createContext({
      id: 'req_1',
      operation: 'gateway.generate',
      protocol: DETAIL_PROTOCOL,
      head: { method: 'POST', path: '/api/v1/generate', query: '', headers: { 'x-service-key': 'the key' } },
      source: { collect: () => Promise.resolve([body]), inspect: () => Promise.reject(new Error('not asked for')) },
      responder,
      subject: undefined,
      startedAt: bed.clock.monotonic(),
      cacheStatus: 'none',
    });
    return { responder, context, over: Promise.resolve(runPipeline('generate', context, runtime)) };
  };
  type Asked = ReturnType<typeof ask>;
  const answered = async (one: Asked, status = 200, body = ANSWER): Promise<Asked> => {
    await turn();
    bed.upstream.answer(status, JSON_HEAD, body);
    await one.over;
    return one;
  };
  return { ...bed, governed, overrides, asked, state, ask, answered };
}

const seen = ({ responder }: { responder: FakeResponder }): object => ({
  status: responder.heads[0]?.status,
  ...(JSON.parse(responder.text) as object),
});

test('the override of user and service stands before the one of the user, and that before the default', async () => {
  const { overrides, ask, answered, asked } = build();
  const override = (provider: string, model: string) => ({
    id: 'o',
    userId: 'u1',
    service: undefined,
    provider,
    model,
  });
  expect(seen(await answered(ask()))).toMatchObject({ provider: 'claude', model: 'model-by-default' });
  overrides.set('u1', override('openai', 'of-the-user'));
  expect(seen(await answered(ask()))).toMatchObject({ provider: 'openai', model: 'of-the-user' });
  overrides.set('u1 chat', override('claude', 'of-both'));
  expect(seen(await answered(ask()))).toMatchObject({ provider: 'claude', model: 'of-both' });
  expect(asked).toEqual(['claude', 'openai', 'claude']);
});

test('an override that names no provider is 503, and nothing is asked', async () => {
  const { overrides, ask } = build();
  overrides.set('u1', { id: 'o', userId: 'u1', service: undefined, provider: 'gone', model: 'm' });
  const one = ask();
  await one.over;
  expect(seen(one)).toEqual({ status: 503, detail: "The provider 'gone' does not exist." });
});

test('the answer shows what it had cost; the ledger says who asked, and what the cache has saved', async () => {
  const { ask, answered, governed } = build();
  const first = await answered(ask({ task_type: 'summary' }));
  expect(seen(first)).toMatchObject({
    status: 200,
    content: 'hi',
    input_tokens: 1_000,
    output_tokens: 500,
    cost_usd: 0.002,
  });
  const second = ask({ user_id: 'u2', service: 'mail' });
  await second.over;
  expect(seen(second)).toMatchObject({ status: 200, cached: true, input_tokens: 1_000, cost_usd: 0.002 });
  expect(governed.rows).toMatchObject([
    {
      service: 'chat',
      userLabel: 'u1',
      task: 'summary',
      operation: 'gateway.generate',
      cost: 2_000_000n,
      cached: false,
      status: 200,
    },
    { service: 'mail', userLabel: 'u2', task: 'general', cost: 0n, savedByCache: 2_000_000n, cached: true },
  ]);
  expect(governed.rows.some((row) => 'promptPreview' in row)).toBe(false);
});

test('where the configuration wants it, the row has the first 200 characters of the prompt', async () => {
  const { ask, answered, governed } = build({ preview: true });
  await answered(ask({ prompt: '😀'.repeat(300) }));
  expect(governed.rows[0]?.promptPreview).toBe('😀'.repeat(200));
});

test('the limit of the provider counts calls alone: neither hits nor requests that join', async () => {
  const { ask, answered, clock, governed } = build({ rpm: 1 });
  const [one, joined] = [ask(), ask()];
  await answered(one);
  await joined.over;
  expect(seen(joined)).toMatchObject({ status: 200, cached: true });
  const hit = ask();
  await hit.over;
  expect(seen(hit)).toMatchObject({ status: 200, cached: true });
  const [refused, alsoRefused] = [ask({ prompt: 'more' }), ask({ prompt: 'more' })];
  await Promise.all([refused.over, alsoRefused.over]);
  for (const asked of [refused, alsoRefused]) {
    expect(seen(asked)).toMatchObject({ status: 429, detail: expect.stringContaining("'claude'") });
    expect(asked.responder.heads[0]?.headers).toContain('retry-after');
  }
  expect(governed.rows.slice(-2)).toMatchObject([
    { status: 429, cost: 0n },
    { status: 429, cost: 0n },
  ]);
  clock.advance(60_000);
  expect(seen(await answered(ask({ prompt: 'more' })))).toMatchObject({ status: 200 });
});

test('tokens count against the limit of the provider once they are used', async () => {
  const { ask, answered } = build({ tpm: 1_500 });
  await answered(ask());
  const refused = ask({ prompt: 'more' });
  await refused.over;
  expect(seen(refused)).toMatchObject({ status: 429 });
});

test('an answer that is none is 502, with nothing of it in the sentence', async () => {
  const { ask, answered, governed } = build();
  const one = await answered(ask(), 400, '{"error":{"message":"canary"}}');
  expect(seen(one)).toEqual({ status: 502, detail: "The provider 'claude' failed. It answered with status 400." });
  expect(governed.rows).toMatchObject([{ status: 502, errorCode: 'upstream_failed', inputTokens: 0, outputTokens: 0 }]);
});

test('while the users are not known, nothing is made for them', async () => {
  const { ask, state } = build();
  state.user = { state: 'unavailable' };
  const one = ask();
  await one.over;
  expect(seen(one)).toMatchObject({ status: 503, detail: expect.stringContaining('database') });
});

test('a client that leaves while the answer is made gets nothing', async () => {
  const { ask, answered, governed } = build();
  const one = ask();
  await turn();
  one.responder.leave();
  await one.over;
  expect(one.responder.heads).toEqual([]);
  expect(governed.rows).toMatchObject([{ status: 499 }]);
  expect(seen(await answered(ask()))).toMatchObject({ status: 200 });
});
