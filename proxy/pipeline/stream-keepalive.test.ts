import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { ProxyError } from '../core/errors.ts';
import { PROTOCOLS } from '../protocols/table.ts';
import { createContext, type RequestContext } from './context.ts';
import { answerHeaders } from './headers.ts';
import { FakeResponder } from './responder.fixture.ts';
import { answerFailure, errorFailure, failWaitingStream } from './stream-failure.ts';
import { StreamKeepalive } from './stream-keepalive.ts';

const COMMENT = ': keep-alive\n\n';

function setUp({ streamKeepaliveMs = 30_000, stream = true } = {}) {
  const clock = new ManualClock();
  const responder = new FakeResponder();
  const protocol = PROTOCOLS['chat.completions'];
  const context: RequestContext = createContext({
    id: 'req_1',
    operation: 'chat.completions',
    protocol,
    head: { method: 'POST', path: protocol.path, query: '', headers: {} },
    source: undefined as never,
    responder,
    subject: undefined,
    startedAt: 0,
    cacheStatus: 'miss',
  });
  context.facts = protocol.facts({ model: 'm', messages: [{ role: 'user', content: 'hi' }], stream });
  const keepalive = StreamKeepalive.of(context, { clock, streamKeepaliveMs });
  keepalive?.start();
  return { clock, responder, context, keepalive };
}

test('a waiting stream client gets the head and a comment, and a comment after each further silence', () => {
  const { clock, responder, context } = setUp();
  clock.advance(29_999);
  expect(responder.heads).toEqual([]);
  clock.advance(1);
  expect(responder.heads).toEqual([
    {
      status: 200,
      headers: [
        'content-type',
        'text/event-stream; charset=utf-8',
        'cache-control',
        'no-cache, no-transform',
        'x-accel-buffering',
        'no',
        'x-request-id',
        'req_1',
        'x-llmproxy-cache',
        'miss',
        'cache-status',
        'llmproxy; fwd=uri-miss',
      ],
    },
  ]);
  expect([context.isWaiting, context.status, context.ttftMs, responder.text]).toEqual([true, 200, undefined, COMMENT]);
  clock.advance(60_000);
  expect([responder.heads.length, responder.text]).toEqual([1, COMMENT.repeat(3)]);
});

test('what the client is sent begins the silence anew', () => {
  const { clock, responder, keepalive } = setUp();
  responder.head(200, []);
  clock.advance(20_000);
  keepalive?.wrote(true);
  clock.advance(29_999);
  expect(responder.text).toBe('');
  clock.advance(1);
  expect([responder.text, responder.heads.length]).toEqual([COMMENT, 1]);
  clock.advance(29_999);
  expect(responder.text).toBe(COMMENT);
});

test('a client that does not read gets none until it does', () => {
  const { clock, responder, keepalive } = setUp();
  keepalive?.wrote(false);
  clock.advance(90_000);
  expect(responder.text).toBe('');
  keepalive?.wrote(true);
  responder.takesMore = false;
  clock.advance(30_000);
  clock.advance(90_000);
  expect(responder.text).toBe(COMMENT);
});

test.each([
  ['a request for JSON', { stream: false }],
  ['a configuration without', { streamKeepaliveMs: 0 }],
])('%s gets none, and no timer', (_what, options) => {
  const { clock, responder, keepalive } = setUp(options);
  keepalive?.wrote(true);
  expect(clock.timers).toBe(0);
  clock.advance(1_000_000);
  expect([responder.text, responder.heads]).toEqual(['', []]);
});

test('nothing is written once it is stopped, or to a client that has gone', () => {
  const stopped = setUp();
  stopped.clock.advance(10);
  stopped.keepalive?.stop();
  expect(stopped.clock.timers).toBe(0);
  const gone = setUp();
  gone.responder.closed = true;
  gone.clock.advance(30_000);
  expect([gone.responder.text, gone.responder.heads]).toEqual(['', []]);
});

test('a failure behind the comments is an event with code, status and retry_after, then the connection is cut', () => {
  const { responder, context } = setUp();
  const error = new ProxyError('no_endpoint_available', 'None.', { headers: { 'retry-after': '7' } });
  failWaitingStream(context, errorFailure(error));
  expect(JSON.parse(responder.text.slice('data: '.length))).toEqual({
    error: {
      message: 'None.',
      type: 'server_error',
      param: null,
      code: 'no_endpoint_available',
      status: 503,
      retry_after: 7,
    },
  });
  expect([responder.text.endsWith('\n\n'), responder.wasCut]).toEqual([true, true]);
  expect(errorFailure(new ProxyError('upstream_failed', 'x'))).not.toHaveProperty('retry_after');
});

test('an event of the Responses API carries them too', () => {
  const { context, responder } = setUp();
  failWaitingStream(
    { ...context, protocol: PROTOCOLS.responses },
    errorFailure(new ProxyError('upstream_timeout', 'x')),
  );
  const [, data = ''] = responder.text.split('\ndata: ');
  expect(JSON.parse(data)).toMatchObject({
    type: 'error',
    sequence_number: 0,
    error: { code: 'upstream_timeout', status: 504 },
  });
});

test('the refusal of an endpoint keeps its own words', () => {
  const body = Buffer.from(JSON.stringify({ error: { message: 'Slow down.', type: 'tokens', code: 'rate_limit' } }));
  const headers = [['retry-after', '1.5']] as const;
  expect(answerFailure({ status: 429, headers, body })).toEqual({
    message: 'Slow down.',
    type: 'tokens',
    code: 'rate_limit',
    status: 429,
    retry_after: 1.5,
  });
  const empty = Buffer.alloc(0);
  const date = [['retry-after', 'Fri, 27 Nov 2026 19:00:00 GMT']] as const;
  expect(answerFailure({ status: 500, headers: date, body: empty })).toEqual({
    message: 'The endpoint answered with status 500.',
    type: 'server_error',
    code: 'upstream_error',
    status: 500,
  });
  expect(answerFailure({ status: 400, headers: [], body: empty }).type).toBe('invalid_request_error');
});

test('every stream answer says that it must be neither stored nor buffered; other answers keep their headers', () => {
  const { context } = setUp();
  const stream = answerHeaders(context, [
    ['cache-control', 'public'],
    ['content-type', 'text/event-stream'],
    ['x-accel-buffering', 'yes'],
  ]);
  expect(stream.slice(0, 6)).toEqual([
    'content-type',
    'text/event-stream',
    'cache-control',
    'no-cache, no-transform',
    'x-accel-buffering',
    'no',
  ]);
  expect(stream).not.toContain('public');
  const image = answerHeaders(context, [
    ['cache-control', 'public'],
    ['content-type', 'image/png'],
  ]);
  expect(image.slice(0, 4)).toEqual(['cache-control', 'public', 'content-type', 'image/png']);
  expect(image).not.toContain('x-accel-buffering');
});
