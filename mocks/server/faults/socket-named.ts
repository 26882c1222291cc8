import type { SocketFaultName } from '../../rules/faults/catalogue.ts';
import type { WireEnding } from '../delivery.ts';
import { hang } from './connection.ts';
import type { NamedEffect } from './effect.ts';
import { firstEvents } from './effect.ts';
import { chunked, framing, onWire, pieces, silent } from './wire.ts';

const NO_LAST_CHUNK = Buffer.alloc(0);

/** So many events, then the end of the connection without the end of the body. */
function broken(ending: WireEnding): NamedEffect {
  return ({ after }, scene) => {
    const delivery = scene.normal();
    if (delivery.head === undefined) return undefined;
    const some = pieces({ ...delivery, events: firstEvents(delivery.events, Number(after)) });
    return onWire(delivery, chunked(delivery.head, some, { last: NO_LAST_CHUNK }), ending);
  };
}

const idleClose: NamedEffect = (_parameters, scene) => {
  const delivery = scene.normal();
  if (delivery.head === undefined) return undefined;
  const lines = ['connection: keep-alive', 'keep-alive: timeout=60'];
  return onWire(delivery, chunked(delivery.head, pieces(delivery), { lines }));
};

const connectionClose: NamedEffect = (_parameters, scene) => {
  const delivery = scene.normal();
  if (delivery.head === undefined) return undefined;
  return { ...delivery, head: { ...delivery.head, headers: [...delivery.head.headers, ['connection', 'close']] } };
};

/** The faults on the connection. */
export const SOCKET_EFFECTS: Readonly<Record<SocketFaultName, NamedEffect>> = {
  hang: (_parameters, scene) => hang({ kind: 'hang' }, scene),
  'never-read': (_parameters, scene) => hang({ kind: 'hang' }, scene),
  reset: () => silent('reset'),
  'reset-mid': broken('reset'),
  'fin-early': () => silent('fin'),
  'half-close': broken('half-close'),
  'close-at-reuse': (_parameters, scene) => (scene.reused() ? silent('fin') : scene.normal()),
  'idle-close': idleClose,
  'connection-close': connectionClose,
  'not-http': () => ({ ...silent('fin'), wire: { steps: [framing('SSH-2.0-OpenSSH_9.6\r\n')], ending: 'fin' } }),
  refuse: ({ ms }, scene) => {
    scene.refuse(Number(ms));
    return silent('reset');
  },
};
