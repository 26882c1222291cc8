import { expect, test } from 'vitest';
import { classifyFailure } from './failure.ts';
import type { UpstreamFailure } from './types.ts';

interface Parts {
  readonly code?: string;
  readonly bytesRead?: number;
  readonly socket?: { readonly bytesRead?: number };
}

const failure = (parts: Parts, answered = false): UpstreamFailure =>
  classifyFailure(Object.assign(new Error('text'), parts), answered);

test.each<[Parts, UpstreamFailure['kind'], UpstreamFailure['kind']]>([
  [{ code: 'UND_ERR_CONNECT_TIMEOUT' }, 'timeout_connect', 'timeout_connect'],
  [{ code: 'UND_ERR_HEADERS_TIMEOUT' }, 'timeout_first_byte', 'timeout_first_byte'],
  [{ code: 'UND_ERR_BODY_TIMEOUT' }, 'timeout_idle', 'timeout_idle'],
  [{ code: 'ECONNREFUSED' }, 'refused', 'cut'],
  [{ code: 'ENOTFOUND' }, 'refused', 'cut'],
  [{}, 'refused', 'cut'],
  // A connection that had carried bytes was reused: nothing of this request has been answered.
  [{ code: 'UND_ERR_SOCKET', socket: { bytesRead: 9 } }, 'dead_connection', 'cut'],
  [{ code: 'ECONNRESET', bytesRead: 9 }, 'dead_connection', 'cut'],
  [{ code: 'EPIPE', bytesRead: 9 }, 'dead_connection', 'cut'],
  // A new one that breaks has refused.
  [{ code: 'UND_ERR_SOCKET', socket: { bytesRead: 0 } }, 'refused', 'cut'],
  [{ code: 'ECONNRESET', bytesRead: 0 }, 'refused', 'cut'],
  [{ code: 'EPIPE' }, 'refused', 'cut'],
  // What undici knows of the socket counts before what the error itself says.
  [{ code: 'UND_ERR_SOCKET', bytesRead: 9, socket: { bytesRead: 0 } }, 'refused', 'cut'],
  [{ code: 'UND_ERR_SOCKET', bytesRead: 9, socket: {} }, 'dead_connection', 'cut'],
  // Other trouble on a used connection is no sign of a dead one.
  [{ code: 'HPE_INVALID_CONSTANT', bytesRead: 9 }, 'refused', 'cut'],
  [{ code: 'ETIMEDOUT', bytesRead: 9 }, 'refused', 'cut'],
])('%j is %s before the head and %s after it', (parts, before, after) => {
  expect([failure(parts).kind, failure(parts, true).kind]).toEqual([before, after]);
});

test('the reason is the code, else the text', () => {
  expect([failure({ code: 'ECONNREFUSED' }).reason, failure({}).reason, failure({}, true).reason]).toEqual([
    'ECONNREFUSED',
    'text',
    'text',
  ]);
});
