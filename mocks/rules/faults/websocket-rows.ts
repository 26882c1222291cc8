import type { FaultTable } from './row.ts';
import { after, frames } from './row.ts';

const RECONNECT = 'Reconnect with a growing pause, restore the session, and repeat what was not answered.';
const PROTOCOL =
  'A protocol error ends the connection (RFC 6455, section 7.1.7): close with 1002 or 1007 and reconnect.';

/** The faults that a client meets on a WebSocket. Chosen for a connection they count its frames, chosen for an answer the frames of that answer. */
export const WEBSOCKET_ROWS = {
  'ws-close': frames('A close frame with this code and reason.', RECONNECT, {
    ...after(2),
    code: { default: 1011, doc: 'of the close frame', most: 4999 },
    reason: { default: 'server_error', doc: 'of the close frame' },
  }),
  'ws-drop': frames('The connection ends (FIN) without a close frame: code 1006.', RECONNECT, after(2)),
  'ws-reset': frames('The connection is reset (RST) without a close frame: code 1006.', RECONNECT, after(2)),
  'ws-half-frame': frames(
    'The beginning of a frame that promises more than comes, then the end of the connection.',
    'Never hand on half a frame as a whole one; then reconnect.',
    after(2),
  ),
  'ws-stall': frames(
    'Nothing more comes, and pings are not answered; the connection stays open.',
    'Ping, and take a missing pong for the end of the connection.',
    after(2),
  ),
  'ws-not-json': frames(
    'A text frame that is no JSON, between the right ones.',
    'Report it and go on reading: the frames after it are whole.',
    after(2),
  ),
  'ws-binary': frames('A binary frame, between the right ones.', 'Leave it out and go on reading.', after(2)),
  'ws-invalid-utf8': frames('A text frame that is no UTF-8.', PROTOCOL, after(2)),
  'ws-bad-opcode': frames('A frame with a reserved opcode.', PROTOCOL, after(2)),
  'ws-fragments': frames(
    'Every frame in fragments of so many bytes, with a ping between the first two.',
    'Put fragments together (RFC 6455, section 5.4); control frames may stand between them.',
    { bytes: { default: 16, doc: 'in a fragment' } },
  ),
} as const satisfies FaultTable;
