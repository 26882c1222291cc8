import { expect, test } from 'vitest';
import { errorBodyFrame, errorFrame } from './error-frame.ts';
import { FrameResponder } from './frame-responder.ts';

test('an error body is an event with its status, its lane and the headers that clients read', () => {
  const body = Buffer.from(
    '{"error":{"message":"slow\\ndown","type":"rate_limit_error","code":"rate_limit_exceeded"}}',
  );
  const headers = ['Retry-After', '3', 'x-llmproxy-endpoint', 'm/a', 'x-ratelimit-limit-requests', '5'];
  expect(JSON.parse(errorBodyFrame(429, headers, body, 'a'))).toEqual({
    type: 'error',
    status: 429,
    stream_id: 'a',
    error: {
      type: 'rate_limit_error',
      code: 'rate_limit_exceeded',
      message: 'slow\ndown',
      param: null,
      headers: { 'retry-after': '3', 'x-ratelimit-limit-requests': '5' },
    },
  });
  expect(JSON.parse(errorBodyFrame(502, [], Buffer.from('<html><title>Bad</title></html>')))).toMatchObject({
    status: 502,
    error: { type: 'server_error', code: null },
  });
  expect(JSON.parse(errorFrame(400, { code: 'x' }, undefined))).toEqual({
    type: 'error',
    status: 400,
    error: { type: 'invalid_request_error', code: 'x', message: '', param: null },
  });
});

test('a responder sends one event, tells of a client that leaves before it, and of none that leaves after', () => {
  const sent: string[] = [];
  const sink = { streamId: undefined, send: (text: string) => sent.push(text) > 0, onDrain: () => () => undefined };
  const left: string[] = [];
  const answered = new FrameResponder(sink);
  answered.onLeave(() => left.push('answered'));
  answered.head(404, []);
  answered.write(Buffer.from('{"error":{"message":'));
  answered.end(Buffer.from('"none"}}'));
  answered.cut();
  answered.left();
  expect(sent).toHaveLength(1);
  expect(JSON.parse(sent[0]!)).toMatchObject({ status: 404, error: { message: 'none' } });
  const waiting = new FrameResponder(sink);
  waiting.onLeave(() => left.push('waiting'));
  waiting.left();
  waiting.end(Buffer.from('{}'));
  expect(waiting.closed).toBe(true);
  expect(left).toEqual(['waiting']);
  expect(sent).toHaveLength(1);
});

test('the events of a stream are frames with the name of their lane; comments are none, and an error has the form of a socket', () => {
  const sent: string[] = [];
  let drained = 0;
  let listener = (): void => undefined;
  const responder = new FrameResponder({
    streamId: 'a',
    send: (text) => sent.push(text) < 3,
    onDrain: (added) => {
      listener = added;
      return () => (listener = (): void => undefined);
    },
  });
  responder.onDrain(() => (drained += 1));
  responder.head(200, []);
  const event = (payload: object): Buffer => Buffer.from(`event: x\ndata: ${JSON.stringify(payload)}\n\n`);
  expect(responder.write(Buffer.concat([Buffer.from(': keep-alive\n\n'), event({ type: 'response.created' })]))).toBe(
    true,
  );
  expect(
    responder.write(
      Buffer.concat([event({ type: 'x' }), event({ type: 'error', message: 'm', code: 'c', status: 503 })]),
    ),
  ).toBe(false);
  listener();
  responder.end(event({ type: 'last' }));
  listener();
  expect(drained).toBe(1);
  expect(sent.map((text) => JSON.parse(text) as object)).toEqual([
    { type: 'response.created', stream_id: 'a' },
    { type: 'x', stream_id: 'a' },
    { type: 'error', status: 503, stream_id: 'a', error: { type: 'error', code: 'c', message: 'm', param: null } },
    { type: 'last', stream_id: 'a' },
  ]);
  expect(responder.closed).toBe(true);
});
