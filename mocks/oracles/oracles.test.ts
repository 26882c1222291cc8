import { expect, test } from 'vitest';
import { billedFor } from '../journal/billing.ts';
import { eventHash } from '../journal/trace.ts';
import { abortDelays, accountOf } from './account.ts';
import { canary, leaksOf } from './canary.ts';
import { mismatches } from './fits.ts';
import { invoiceOf } from './invoice.ts';
import { entry } from './oracles.fixture.ts';
import { generationOf, sameGeneration } from './provenance.ts';
import { nearestRequest, requestsThatFit } from './received.ts';
import { verbatim } from './verbatim.ts';

test('a part of a value fits the value, and every difference has a sentence with its path', () => {
  const actual = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello' }], n: 1 };
  expect(mismatches({ model: /^gpt/, messages: [{ content: 'Hello' }] }, actual)).toEqual([]);
  expect(mismatches({ n: (n: number) => n > 1, messages: [{ role: 'tool' }] }, actual)).toEqual([
    'n: expected (n) => n > 1, found 1',
    'messages[0].role: expected "tool", found "user"',
  ]);
  expect(mismatches({ messages: [] }, actual)).toEqual(['messages: expected 0 elements, found 1']);
  expect(mismatches({ n: expect.any(Number) }, actual)).toEqual([]);
  expect(mismatches({ n: { a: 1 } }, actual)).toEqual(['n: expected {"a":1}, found 1']);
});

test('header names may be written in any case', () => {
  const entries = [entry({ headers: { 'x-team': 'a' } })];
  expect(requestsThatFit(entries, { headers: { 'X-Team': 'a' } })).toHaveLength(1);
  expect(nearestRequest(entries, { headers: { 'X-Team': 'b' } })?.mismatches).toEqual([
    'headers.x-team: expected "b", found "a"',
  ]);
});

test('of a broken stream the tokens until then are billed, reasoning with the first visible one', () => {
  const usage = { input: 10, output: 100, reasoning: 60 };
  expect(billedFor(usage, { tokensOut: 0, whole: false }, true)).toEqual({ input: 10, output: 0 });
  expect(billedFor(usage, { tokensOut: 5, whole: false }, true)).toEqual({ input: 10, output: 65 });
  expect(billedFor(usage, { tokensOut: 40, whole: true }, true)).toEqual({ input: 10, output: 100 });
  expect(billedFor(usage, { tokensOut: 0, whole: false }, false)).toEqual({ input: 10, output: 100 });
});

test('an invoice has a line a model and prices of its own where they are given', () => {
  const entries = [
    entry({ model: 'gpt-4o', billed: { input: 1_000_000, output: 0 } }),
    entry({ model: 'gpt-4o', billed: { input: 0, output: 1_000_000 } }),
    entry({ model: 'mine', billed: { input: 500_000, output: 0 } }),
    entry({ model: 'mine', status: 500 }),
  ];
  expect(invoiceOf(entries, { prices: { mine: { input: 4, output: 8 } } })).toEqual({
    lines: [
      { model: 'gpt-4o', requests: 2, inputTokens: 1_000_000, outputTokens: 1_000_000, usd: 12.5 },
      { model: 'mine', requests: 1, inputTokens: 500_000, outputTokens: 0, usd: 2 },
    ],
    requests: 3,
    inputTokens: 1_500_000,
    outputTokens: 1_000_000,
    usd: 14.5,
  });
});

test('an account tells concurrency, reuse, leaks and what was not delivered', () => {
  const entries = [
    entry({ at: 0, endedAt: 10, connection: 1 }),
    entry({ at: 10, endedAt: 30, connection: 1 }),
    entry({
      at: 20,
      endedAt: 25,
      abortedAt: 25,
      connection: 2,
      aborted: true,
      usage: { input: 1, output: 50 },
      billed: { input: 1, output: 8 },
    }),
    entry({ at: 22, connection: 3, ...({ endedAt: undefined } as object) }),
  ];
  expect(accountOf(entries)).toEqual({
    requests: 4,
    open: 1,
    aborted: 1,
    undeliveredTokens: 42,
    peakConcurrency: 3,
    connections: 3,
    reuse: 0.25,
  });
  expect(accountOf([]).reuse).toBe(0);
  expect(abortDelays(entries, 20)).toEqual([5]);
  expect(abortDelays(entries, 26)).toEqual([]);
});

test('a secret is found as it is, percent-encoded, in hexadecimal and in base64 of any alignment', () => {
  const secret = canary();
  const wrapped = (text: string): string => Buffer.from(text).toString('base64');
  const entries = [
    entry({ id: 'a', headers: { authorization: `Bearer ${secret}`, cookie: wrapped(`k:${secret}:x`) } }),
    entry({ id: 'b', body: { tools: [{ headers: { k: wrapped(`ab${secret}`) } }] }, query: { k: secret } }),
    entry({ id: 'c', path: `/v1/${Buffer.from(secret).toString('hex')}`, body: canary() }),
  ];
  expect(leaksOf(entries, secret)).toEqual([
    { request: 'a', where: 'headers.authorization' },
    { request: 'a', where: 'headers.cookie' },
    { request: 'b', where: 'query.k' },
    { request: 'b', where: 'body' },
    { request: 'c', where: 'path' },
  ]);
});

test('a generation is recognised in a body, a stream and a parsed object', () => {
  const stream = 'data: {"id":"chatcmpl-abc","object":"x"}\n\ndata: {"id":"chatcmpl-abc"}\n\n';
  expect(generationOf(stream)).toBe('chatcmpl-abc');
  expect(sameGeneration(stream, { id: 'chatcmpl-abc' })).toBe(true);
  expect(sameGeneration(Buffer.from('{\n  "id": "resp_1"}'), { id: 'resp_2' })).toBe(false);
  expect(sameGeneration({ object: 'list' }, { object: 'list' })).toBe(false);
});

test('bytes are verbatim only when every event is there, unchanged, and nothing more', () => {
  const sent = ['data: a\n\n', 'data: é\n\n'];
  const events = sent.map((text) => ({ at: 0, bytes: Buffer.byteLength(text), sha256: eventHash(text) }));
  const traced = entry({ events });
  expect(verbatim(sent.join(''), traced)).toEqual({ same: true, difference: '' });
  expect(verbatim('data: a\n\ndata: e\n\n ', traced).difference).toBe('event 1 of 2 differs, from byte 9');
  expect(verbatim('data: a\n\n', traced).difference).toBe('event 1 of 2 is missing or short, from byte 9');
  expect(verbatim(`${sent.join('')}\n`, traced).difference).toBe('1 bytes more than were sent, from byte 19');
  expect(() => verbatim('', entry())).toThrow('start the mock with trace: true');
});
