import type { StreamEvent } from '../../dialects/reply.ts';
import type { StreamFaultName } from '../../rules/faults/catalogue.ts';
import type { Delivery } from '../delivery.ts';
import { cut, hang } from './connection.ts';
import type { FaultScene, NamedEffect } from './effect.ts';
import type { Grammar } from './grammars.ts';
import { grammarOf, isResponses } from './grammars.ts';
import { firstEvents } from './effect.ts';
import type { EventEdit } from './event-edits.ts';
import { EVENT_EDITS } from './event-edits.ts';
import { abandoned, errorFirst, overloaded } from './stream-error.ts';
import type { Piece } from './wire.ts';
import { chunked, onWire, pieces } from './wire.ts';

/** Where the first event is marked as such, another that came to stand in its place gets the mark. */
function opened(events: Iterable<StreamEvent>, { opening }: Grammar): Iterable<StreamEvent> {
  return opening === undefined ? events : rewrittenFirst(events, opening);
}

function* rewrittenFirst(
  events: Iterable<StreamEvent>,
  [pattern, becomes]: NonNullable<Grammar['opening']>,
): Generator<StreamEvent> {
  let first = true;
  for (const one of events) {
    yield first ? { ...one, bytes: one.bytes.replace(pattern, becomes) } : one;
    first = false;
  }
}

function editing(edit: EventEdit): NamedEffect {
  return (parameters, scene) => {
    const delivery = scene.normal();
    const grammar = grammarOf(scene);
    return { ...delivery, events: opened(edit(delivery.events, parameters, grammar), grammar) };
  };
}

const EDITS = Object.fromEntries(Object.entries(EVENT_EDITS).map(([name, edit]) => [name, editing(edit)])) as Readonly<
  Record<keyof typeof EVENT_EDITS, NamedEffect>
>;

/** Silence of `ms` after so many events, and then the rest. */
function pausing(scene: FaultScene, after: number, ms: number): Delivery {
  if (ms === 0) return hang({ kind: 'hang', afterEvents: after }, scene);
  const delivery = scene.normal();
  const { head } = delivery;
  if (head === undefined) return delivery;
  const rest = pieces(delivery);
  const before: Piece[] = [];
  while (before.length < after) {
    const step = rest.next();
    if (step.done) break;
    before.push(step.value);
  }
  return onWire(delivery, [
    ...chunked(head, before, { last: Buffer.alloc(0) }),
    { waitMs: ms },
    ...[...chunked(head, rest)].slice(1),
  ]);
}

const trickle: NamedEffect = ({ ms }, scene) => {
  const delivery = scene.normal();
  if (delivery.head === undefined) return undefined;
  return onWire(delivery, chunked(delivery.head, pieces(delivery), { waitMs: Number(ms) }));
};

const responseFailed: NamedEffect = ({ after }, scene) => {
  if (!isResponses(scene)) return undefined;
  const delivery = scene.normal();
  return { ...delivery, events: abandoned(delivery.events, Number(after), scene) };
};

/** The faults in the events of a stream. */
export const STREAM_EFFECTS: Readonly<Record<StreamFaultName, NamedEffect>> = {
  ...EDITS,
  stall: ({ ms }, scene) => pausing(scene, 0, Number(ms)),
  'stall-mid': ({ after, ms }, scene) => pausing(scene, Number(after), Number(ms)),
  trickle,
  cut: ({ after }, scene) => cut({ kind: 'cut', afterEvents: Number(after) }, scene),
  'cut-first': (_parameters, scene) => {
    const delivery = scene.normal();
    return { ...delivery, events: firstEvents(delivery.events, 0), ending: 'cut' };
  },
  'error-first': (_parameters, scene) => errorFirst({ kind: 'error-first' }, scene),
  'error-mid': ({ after }, scene) => errorFirst({ kind: 'error-first', afterEvents: Number(after) }, scene),
  'overloaded-mid': ({ after }, scene) => overloaded(Number(after), scene),
  'response-failed': responseFailed,
};
