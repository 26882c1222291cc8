import type { FaultTable } from './row.ts';
import { after, anyAnswer, milliseconds } from './row.ts';

const IDEMPOTENT = 'Nothing of the answer came: retry on a fresh connection, and count what that may bill.';

/** The faults that a client meets on the connection. Those after which the connection goes on are marked so. */
export const SOCKET_ROWS = {
  hang: anyAnswer('The request is taken, no answer ever comes.', 'Have a timeout to the head.'),
  'never-read': anyAnswer(
    'The connection is accepted, the request body is never read. Chosen by model it is as `hang`: the body had to be read for it.',
    'Bound the time of sending too.',
  ),
  reset: anyAnswer('A reset (RST) in place of an answer.', IDEMPOTENT),
  'reset-mid': anyAnswer(
    'A reset (RST) after some events.',
    'An answer that broke off is incomplete; say so to the client.',
    after(2),
  ),
  'fin-early': anyAnswer('The connection is closed in order (FIN), without an answer.', IDEMPOTENT),
  'half-close': anyAnswer(
    'The server closes its side after some events and goes on reading.',
    'The end of the stream before the end of the body is a failure; close.',
    after(1),
  ),
  'close-at-reuse': anyAnswer(
    'The first answer on a connection is right; the second request on it is met by its end.',
    IDEMPOTENT,
  ),
  'idle-close': anyAnswer(
    'A right answer that promises keep-alive, then the connection is closed.',
    'Check a pooled connection before use; retry once on a fresh one.',
  ),
  'connection-close': anyAnswer('A right answer with `connection: close`.', 'Obey it; do not put the connection back.'),
  'not-http': anyAnswer(
    'Bytes that are no HTTP.',
    'A protocol error is a failed attempt; log the beginning of what came.',
  ),
  refuse: anyAnswer(
    'The connection ends, and for a time new ones are refused.',
    'Put the endpoint out, and probe it before sending traffic.',
    milliseconds(1000, 'until the port is open again'),
  ),
} as const satisfies FaultTable;
