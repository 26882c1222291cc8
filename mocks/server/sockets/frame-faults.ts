import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { WebSocketFaultName } from '../../rules/faults/catalogue.ts';
import type { FaultParameters } from '../faults/effect.ts';
import { RESERVED_OPCODE, TEXT_OPCODE, rawClose, rawFrame } from './raw-frame.ts';

/** What a fault may do to a connection. */
export interface FrameScene {
  readonly socket: WebSocket;
  readonly raw: Socket;
  /** Nothing is sent from now on, and pings are not answered. */
  readonly mute: () => void;
  /** The connection is ended by the mock. */
  readonly ending: (code: number, reason: string) => void;
}

/** `next`: the frame that would come now, if the fault waits for one. */
type FrameEffect = (parameters: FaultParameters, scene: FrameScene, next: string) => void;

const HALF = '{"type":"error","event_id":"event_half","error":{"message":"half a frame"}}';

const close: FrameEffect = ({ code, reason }, { raw, ending, mute }) => {
  mute();
  ending(Number(code), String(reason));
  raw.write(rawClose(Number(code), String(reason)));
  // The other side closes; it is not waited for.
  raw.end();
};

const ABNORMAL = 1006;

const reset: FrameEffect = (_parameters, { raw, mute, ending }) => {
  mute();
  ending(ABNORMAL, '');
  // Over TLS there is no reset of its own.
  if ('encrypted' in raw) raw.destroy();
  else raw.resetAndDestroy();
};

const drop: FrameEffect = (_parameters, { raw, mute, ending }) => {
  mute();
  ending(ABNORMAL, '');
  raw.destroySoon();
};

const half: FrameEffect = (parameters, scene, next) => {
  const frame = rawFrame(TEXT_OPCODE, Buffer.from(next || HALF));
  scene.raw.write(frame.subarray(0, Math.ceil(frame.length / 2)));
  drop(parameters, scene, next);
};

export const FRAME_EFFECTS: Readonly<Record<Exclude<WebSocketFaultName, 'ws-fragments'>, FrameEffect>> = {
  'ws-close': close,
  'ws-drop': drop,
  'ws-reset': reset,
  'ws-half-frame': half,
  'ws-stall': (_parameters, { mute }) => mute(),
  'ws-not-json': (_parameters, { socket }) => socket.send('upstream connect error or disconnect/reset before headers'),
  'ws-binary': (_parameters, { socket }) => socket.send(Buffer.from([0, 1, 2, 3])),
  'ws-invalid-utf8': (_parameters, { raw }) => raw.write(rawFrame(TEXT_OPCODE, Buffer.from([0x22, 0xc3, 0x28, 0x22]))),
  'ws-bad-opcode': (_parameters, { raw }) => raw.write(rawFrame(RESERVED_OPCODE, Buffer.from('{}'))),
};
