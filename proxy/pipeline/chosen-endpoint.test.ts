import type { IncomingHttpHeaders } from 'node:http';
import { expect, test } from 'vitest';
import { COMPLETION, JSON_HEAD, turn } from '../generation/generation.fixture.ts';
import { operationBed } from './operation.fixture.ts';

const QUESTION = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };
const AT_B = { 'x-llmproxy-endpoint': 'm/b' };

function bed(mayOperate: boolean | undefined): ReturnType<typeof operationBed> {
  const made = operationBed();
  if (mayOperate !== undefined) Object.assign(made.runtime, { mayOperate: () => mayOperate });
  return made;
}

async function codeOf(made: ReturnType<typeof operationBed>, headers: IncomingHttpHeaders): Promise<unknown> {
  const asked = made.ask(QUESTION, headers);
  await asked.over;
  const { error } = JSON.parse(asked.responder.text) as { error: { code: string } };
  return [asked.responder.heads[0]?.status, error.code];
}

test.each([false, undefined])('without the right to operate the proxy (%s) the header is refused', async (may) => {
  const made = bed(may);
  expect(await codeOf(made, AT_B)).toEqual([403, 'endpoint_choice_refused']);
  expect(made.upstream.sent).toEqual([]);
});

test('an endpoint that the model does not have is refused', async () => {
  const made = bed(true);
  expect(await codeOf(made, { 'x-llmproxy-endpoint': 'm/c' })).toEqual([400, 'invalid_value']);
});

test('the endpoint that is named answers, past its weight and past the cache', async () => {
  const { ask, upstream, exchanges, runtime } = bed(true);
  for (const headers of [{}, AT_B, AT_B, {}]) {
    const asked = ask(QUESTION, headers);
    await turn();
    if (upstream.sent.length > exchanges.length) upstream.answer(200, JSON_HEAD, COMPLETION);
    await asked.over;
  }
  expect(exchanges.map(({ endpoint, cache }) => `${endpoint} ${cache}`)).toEqual([
    'm/a miss',
    'm/b bypass',
    'm/b bypass',
    'm/a hit',
  ]);
  expect(runtime.cache.stats()).toMatchObject({ stored: 1 });
});

test('no equal request joins one that names its endpoint, nor the other way round', async () => {
  const { ask, upstream, exchanges } = bed(true);
  const all = [{}, AT_B, AT_B].map((headers) => ask(QUESTION, headers));
  await turn();
  expect(upstream.sent).toHaveLength(3);
  for (const { handler } of upstream.sent) {
    handler.onHead(200, JSON_HEAD);
    handler.onData(Buffer.from(COMPLETION));
    handler.onEnd();
  }
  await Promise.all(all.map(({ over }) => over));
  expect(exchanges.map(({ cache }) => cache)).toEqual(['miss', 'bypass', 'bypass']);
});
