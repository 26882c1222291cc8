import { expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import type { UpstreamHandler, UpstreamRequest } from '../../upstream/types.ts';
import { endpoint } from './batches.fixture.ts';
import { askerOf, type Reply } from './question.ts';
import { batchPath } from './shown-batch.ts';

interface Bench {
  readonly reply: Promise<Reply>;
  readonly request: UpstreamRequest;
  readonly handler: UpstreamHandler;
  readonly clock: ManualClock;
  readonly text: () => string;
  readonly aborted: () => boolean;
}

/** A question whose answer the test gives; no more than four bytes of it are wanted. */
function asking(at = endpoint, path = batchPath('openai', 'batch_1')): Bench {
  const clock = new ManualClock();
  const sent: { request: UpstreamRequest; handler: UpstreamHandler }[] = [];
  let [text, isAborted] = ['', false];
  const send = (request: UpstreamRequest, handler: UpstreamHandler) => {
    sent.push({ request, handler });
    return { pause: () => {}, resume: () => {}, abort: () => void (isAborted = true) };
  };
  const read = (chunk: Buffer): boolean => {
    text += chunk.toString();
    return text.length <= 4;
  };
  const reply = askerOf({ send }, clock)(at, { api: 'openai', path, read });
  return { reply, ...sent[0]!, clock, text: () => text, aborted: () => isAborted };
}

test('the configured address is asked with the configured credential', () => {
  const { request } = asking({ ...endpoint, query: { v: '1' }, headers: { 'x-own': 'a' } });
  expect(request).toMatchObject({ origin: endpoint.origin, method: 'GET' });
  expect(request.path).toMatch(/^\/v1\/batches\/batch_1/);
  expect(request.headers).toEqual(expect.arrayContaining(['Bearer k', 'x-own', 'a']));
});

test.each(['../files', '..', 'a/b?c#d', 'http://elsewhere.example/'])('an id leads to no other path: %s', (id) => {
  const { pathname, origin } = new URL(batchPath('anthropic', id), 'http://own.example');
  expect(origin).toBe('http://own.example');
  expect(pathname).toMatch(/^\/messages\/batches\/[^/]+$/);
});

test.each([
  [404, 'gone'],
  [410, 'gone'],
  [401, 'away'],
  [429, 'away'],
  [500, 'away'],
  [302, 'away'],
] as const)('status %i is %s, and its body is not read', async (status, expected) => {
  const { reply, handler, text, aborted } = asking();
  handler.onHead(status, {});
  handler.onData(Buffer.from('x'));
  expect(await reply).toBe(expected);
  expect([text(), aborted()]).toEqual(['', true]);
});

test('an answer is whole, cut where its reader wants no more, or away where it breaks off or takes too long', async () => {
  const whole = asking();
  whole.handler.onHead(200, {});
  whole.handler.onData(Buffer.from('abcd'));
  whole.handler.onEnd();
  expect([await whole.reply, whole.text()]).toEqual(['whole', 'abcd']);
  const cut = asking();
  cut.handler.onHead(200, {});
  cut.handler.onData(Buffer.from('abcde'));
  expect([await cut.reply, cut.aborted()]).toEqual(['cut', true]);
  const broken = asking();
  broken.handler.onFailure({ kind: 'refused', reason: 'why' });
  expect(await broken.reply).toBe('away');
  const slow = asking();
  slow.handler.onHead(200, {});
  slow.clock.advance(600_000);
  expect([await slow.reply, slow.aborted()]).toEqual(['away', true]);
});
