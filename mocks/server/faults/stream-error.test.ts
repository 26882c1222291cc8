import { expect, test } from 'vitest';
import { OPENAI } from '../../dialects/openai-family.ts';
import { TenantState } from '../tenant-state.ts';
import { errorFirst } from './stream-error.ts';

const context = new TenantState({ seed: 1 }).contextFor(1);
const created =
  'event: response.created\ndata: {"type":"response.created","response":{"status":"in_progress","error":null,"instructions":"say response.created","temperature":1.0,"metadata":{"sequence_number":0}},"sequence_number":0}\n\n';

function spoil(afterEvents: number): string[] {
  const events = ['one', 'two'].map((bytes) => ({ bytes, tokens: 1, kind: 'content' as const }));
  const delivery = errorFirst(
    { kind: 'error-first', afterEvents, error: { message: '$& broke', code: 'server_is_overloaded' } },
    {
      context,
      family: OPENAI,
      operation: 'responses',
      path: '/v1/responses',
      reused: () => false,
      refuse: () => {},
      normal: () => ({
        delayMs: 0,
        head: { status: 200, headers: [] },
        events: [{ bytes: created, tokens: 0, kind: 'open' }, ...events],
        ending: 'finish',
      }),
    },
  );
  return [...delivery.events].map(({ bytes }) => bytes);
}

const error = (sequence: number): string =>
  `event: error\ndata: {"type":"error","error":{"type":"server_error","code":"server_is_overloaded","message":"$& broke","param":null},"sequence_number":${sequence}}\n\n`;

test('a Responses stream that fails at once has the error event alone', () => {
  expect(spoil(0)).toEqual([error(0)]);
});

test('a Responses stream that fails later ends with the response as failed, the rest of it as it was', () => {
  expect(spoil(2)).toEqual([
    created,
    'one',
    error(2),
    'event: response.failed\ndata: {"type":"response.failed","response":{"status":"failed","error":{"code":"server_is_overloaded","message":"$& broke"},"instructions":"say response.created","temperature":1.0,"metadata":{"sequence_number":0}},"sequence_number":3}\n\n',
  ]);
});
