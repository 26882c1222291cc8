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
  const left: string[] = [];
  const answered = new FrameResponder((text) => sent.push(text), undefined);
  answered.onLeave(() => left.push('answered'));
  answered.head(404, []);
  answered.write(Buffer.from('{"error":{"message":'));
  answered.end(Buffer.from('"none"}}'));
  answered.cut();
  answered.left();
  expect(sent).toHaveLength(1);
  expect(JSON.parse(sent[0]!)).toMatchObject({ status: 404, error: { message: 'none' } });
  const waiting = new FrameResponder((text) => sent.push(text), undefined);
  waiting.onLeave(() => left.push('waiting'));
  waiting.left();
  waiting.end(Buffer.from('{}'));
  expect(waiting.closed).toBe(true);
  expect(left).toEqual(['waiting']);
  expect(sent).toHaveLength(1);
});
