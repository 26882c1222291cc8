import { describe, expect, test } from 'vitest';
import type { FaultRule } from '../../mocks/index.ts';
import { nonce } from './ask.ts';
import { askAs, FAMILIES, type AskOptions } from './auto-ask.ts';
import { fallbackBed, type FallbackBed } from './fallback-bed.ts';
import { jsonOf, type RawAnswer } from './http.ts';

type Fault = FaultRule['fault'];

const error = (code: string): Fault => ({
  kind: 'status',
  status: 400,
  body: { error: { message: 'No.', type: 'invalid_request_error', param: null, code } },
});
const TOO_LONG = error('context_length_exceeded');
const REFUSED = error('content_filter');
const BROKEN: Fault = { kind: 'status', status: 500 };

function ask({ url }: FallbackBed, options: AskOptions & { readonly text?: string } = {}): Promise<RawAnswer> {
  return askAs('chat', url, options.text ?? nonce(), { model: 'one', ...options });
}

function told({ status, headers }: RawAnswer): object {
  const of = (name: string): unknown => headers[`x-llmproxy-${name}`];
  return { status, fallback: of('fallback'), endpoint: of('endpoint'), attempts: of('attempts'), cache: of('cache') };
}

const BY_TWO = { status: 200, fallback: 'one>two', endpoint: 'two/a', attempts: '2' };

describe.each([false, true])('stream %s', (stream) => {
  test.each(FAMILIES)('%s: the fallback answers in the form that was asked for, under its own name', async (family) => {
    const bed = await fallbackBed({ one: { fallbacks: ['two'] } }, { endpoint: { two: { model: 'second' } } });
    await bed.fail(BROKEN, 'one');
    const answer = await askAs(family, bed.url, 'hello', { stream, model: 'one' });
    expect(told(answer)).toMatchObject(BY_TWO);
    expect(answer.broken).toBe(false);
    expect(await bed.called()).toEqual(['one', 'two as second']);
    const named = await askAs(family, bed.url, 'hello', { stream, model: 'two' });
    expect(answer.body.toString()).toBe(named.body.toString());
  });

  test.each<[string, Fault, object, string[]]>([
    ['a failure', BROKEN, { fallbacks: ['two'] }, ['one', 'two']],
    ['a limit', { kind: 'status', status: 429 }, { fallbacks: ['two'] }, ['one', 'two']],
    ['a refused key', { kind: 'status', status: 401 }, { fallbacks: ['two'] }, ['one', 'two']],
    ['a cut before the head', { kind: 'cut' }, { fallbacks: ['two'] }, ['one', 'two']],
    ['a long prompt', TOO_LONG, { fallbacks: ['three'], context_fallbacks: ['two'] }, ['one', 'two']],
    ['a long prompt without a list of its own', TOO_LONG, { fallbacks: ['two'] }, ['one', 'two']],
    [
      'refused content',
      REFUSED,
      { fallbacks: ['three'], context_fallbacks: ['four'], content_policy_fallbacks: ['two'] },
      ['one', 'two'],
    ],
  ])('after %s the list for it is asked', async (_what, fault, model, called) => {
    const bed = await fallbackBed({ one: model });
    await bed.fail(fault, 'one');
    expect(told(await ask(bed, { stream }))).toMatchObject(BY_TWO);
    expect(await bed.called()).toEqual(called);
  });

  test.each<[string, Fault, object]>([
    ['refused content', REFUSED, { fallbacks: ['two'], context_fallbacks: ['two'] }],
    ['a fault of the client', error('unknown_parameter'), { fallbacks: ['two'], content_policy_fallbacks: ['two'] }],
    ['a long prompt', TOO_LONG, { fallbacks: ['two'], context_fallbacks: [] }],
    ['a failure', BROKEN, { context_fallbacks: ['two'], content_policy_fallbacks: ['two'] }],
  ])('after %s without a list for it no other model is asked', async (_what, fault, model) => {
    const bed = await fallbackBed({ one: model });
    await bed.fail(fault, 'one');
    const answer = await ask(bed, { stream });
    expect(told(answer)).toMatchObject({ status: answer.status, fallback: undefined, attempts: '1' });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(await bed.called()).toEqual(['one']);
  });
});

test('after the first content of a stream no other model is asked', async () => {
  const bed = await fallbackBed({ one: { fallbacks: ['two'] } });
  await bed.fail({ kind: 'cut', afterEvents: 3 }, 'one');
  const answer = await ask(bed, { stream: true, text: 'Count from 1 to 5' });
  expect(answer).toMatchObject({ status: 200, broken: true });
  expect(answer.headers['x-llmproxy-fallback']).toBeUndefined();
  expect(await bed.called()).toEqual(['one']);
});

test('fallbacks of a fallback come before what is left of the first list, and no model is asked twice', async () => {
  const bed = await fallbackBed({
    one: { fallbacks: ['two', 'four', 'three'] },
    two: { fallbacks: ['three'] },
    three: { fallbacks: ['four'] },
  });
  await bed.fail(BROKEN, 'one', 'two', 'three');
  expect(told(await ask(bed))).toMatchObject({ status: 200, fallback: 'one>two>three>four', attempts: '4' });
  expect(await bed.called()).toEqual(['one', 'two', 'three', 'four']);
});

test('at most five further models are asked, then the client gets the failure of the model that it named', async () => {
  const bed = await fallbackBed({ one: { fallbacks: ['two', 'three', 'four', 'five', 'six', 'seven'] } });
  await bed.fail({ kind: 'status', status: 429, headers: { 'retry-after': '7' } }, 'one');
  await bed.fail(BROKEN, 'two', 'three', 'four', 'five', 'six');
  const answer = await ask(bed);
  expect(told(answer)).toMatchObject({
    status: 429,
    fallback: 'one>two>three>four>five>six',
    endpoint: 'one/a',
    attempts: '6',
  });
  expect(answer.headers['retry-after']).toBe('7');
  expect(await bed.called()).toEqual(['one', 'two', 'three', 'four', 'five', 'six']);
  const line = bed.log.find((one) => one.includes('"msg":"request"'));
  expect(JSON.parse(line!)).toMatchObject({ model: 'one', status: 429, attempts: 6 });
});

test('the answer is stored as that of the model which made it, and found again by either name', async () => {
  const bed = await fallbackBed({ one: { fallbacks: ['two'] } }, { config: { cache: { ttl: '1h' } } });
  await bed.fail(BROKEN, 'one');
  const text = nonce();
  expect(told(await ask(bed, { text }))).toMatchObject({ ...BY_TWO, cache: 'miss' });
  expect(told(await ask(bed, { text, model: 'two' }))).toMatchObject({ cache: 'hit', endpoint: 'two/a' });
  expect(told(await ask(bed, { text }))).toMatchObject({ fallback: 'one>two', cache: 'hit', attempts: '1' });
  await bed.mocks.one.reset();
  expect(told(await ask(bed, { text }))).toMatchObject({ fallback: undefined, cache: 'miss', endpoint: 'one/a' });
  expect((await bed.called()).filter((name) => name === 'two')).toEqual(['two']);
});

test('equal requests share the call of the fallback, as they share that of the model', async () => {
  const bed = await fallbackBed({ one: { fallbacks: ['two'] } });
  await bed.fail({ kind: 'delay', ms: 300 }, 'two');
  await bed.mocks.one.fault({ fault: { kind: 'status', status: 500 } });
  const text = nonce();
  const answers = await Promise.all([1, 2, 3, 4].map(() => ask(bed, { text })));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(new Set(answers.map(({ headers }) => headers['x-llmproxy-fallback']))).toEqual(new Set(['one>two']));
  expect((await bed.called()).filter((name) => name === 'two')).toEqual(['two']);
});

test('a request that goes on from a response of the endpoint is not asked of another model', async () => {
  const bed = await fallbackBed({ one: { fallbacks: ['two'] } });
  const first = await askAs('responses', bed.url, 'hello', { model: 'one' });
  await bed.fail(BROKEN, 'one');
  const more = { previous_response_id: jsonOf(first)['id'] };
  const second = await askAs('responses', bed.url, 'and?', { model: 'one', more });
  expect(told(second)).toMatchObject({ status: 500, fallback: undefined });
  expect(await bed.called()).toEqual(['one', 'one']);
});

test('a response that the proxy keeps is kept whichever model has made it', async () => {
  const stateless = { responses: 'stateless' };
  const bed = await fallbackBed(
    { one: { fallbacks: ['two', 'three'] } },
    { endpoint: { one: stateless, two: stateless, three: stateless } },
  );
  await bed.fail(BROKEN, 'one', 'two');
  const made = await askAs('responses', bed.url, 'hello', { model: 'one' });
  expect(told(made)).toMatchObject({ status: 200, fallback: 'one>two>three' });
  const more = { previous_response_id: jsonOf(made)['id'] };
  const next = await askAs('responses', bed.url, 'and?', { model: 'one', more });
  expect(told(next)).toMatchObject({ status: 200, fallback: 'one>two>three' });
  const [last] = (await bed.mocks.three.requests()).slice(-1);
  expect(last?.body).toMatchObject({ input: { length: 3 } });
});

test('another model gets no key of idempotency', async () => {
  const bed = await fallbackBed({ one: { fallbacks: ['two'] } });
  await bed.fail(BROKEN, 'one');
  await ask(bed, { headers: { 'idempotency-key': 'k1' } });
  const keys = await Promise.all(
    (['one', 'two'] as const).map(async (name) => (await bed.mocks[name].requests())[0]?.headers['idempotency-key']),
  );
  expect(keys).toEqual(['k1', undefined]);
});

test('an old answer of the model that was named is given where no fallback answers', async () => {
  const bed = await fallbackBed({ one: { fallbacks: ['two'] } }, { config: { cache: { ttl: '1s', stale: '1h' } } });
  const text = nonce();
  const fresh = await ask(bed, { text });
  await bed.fail(BROKEN, 'one', 'two');
  const headers = { 'cache-control': 'max-age=0, stale-if-error=3600' };
  const old = await ask(bed, { text, headers });
  expect(told(old)).toMatchObject({ status: 200, cache: 'stale', endpoint: 'one/a', fallback: 'one>two' });
  expect(old.body.toString()).toBe(fresh.body.toString());
});
