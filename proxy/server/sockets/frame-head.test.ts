import { expect, test } from 'vitest';
import { frameHead } from './frame-head.ts';

test.each([
  [
    '{"type":"response.create","stream_id":"a.b-c_1","model":"m"}',
    { type: 'response.create', streamId: 'a.b-c_1', responseId: '' },
  ],
  [
    '{"previous_response_id":"resp_1","type":"response.steer"}',
    { type: 'response.steer', streamId: undefined, responseId: 'resp_1' },
  ],
  ['{"type":"a","type":"b"}', { type: 'b', streamId: undefined, responseId: '' }],
  ['{"metadata":{"type":"x","stream_id":"?"}}', { type: undefined, streamId: undefined, responseId: '' }],
  [' {"type":"response.create", broken', { type: 'response.create', streamId: undefined, responseId: '' }],
])('the head of %s', (text, head) => {
  expect(frameHead(Buffer.from(text))).toEqual(head);
});

test.each([
  ['no object', '[1]', 'invalid_json'],
  ['no JSON', 'hello', 'invalid_json'],
  ['a lane that is none', '{"stream_id":"not a name"}', 'invalid_value'],
  ['a lane that is a number', '{"stream_id":1}', 'invalid_value'],
  ['what is nested too deep', `{"a":${'['.repeat(100)}`, 'body_too_complex'],
])('%s is refused', (_what, text, code) => {
  expect(() => frameHead(Buffer.from(text))).toThrow(expect.objectContaining({ code }));
});
