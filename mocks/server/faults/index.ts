import type { CustomFault, Fault, FaultKind } from '../../rules/fault.ts';
import { FAULTS_BY_NAME } from '../../rules/faults/catalogue.ts';
import type { FaultName, WebSocketFaultName } from '../../rules/faults/catalogue.ts';
import type { NamedFault } from '../../rules/faults/named.ts';
import type { Delivery } from '../delivery.ts';
import { BYTES_EFFECTS } from './bytes-named.ts';
import { cut, hang } from './connection.ts';
import type { FaultEffect, FaultScene, NamedEffect } from './effect.ts';
import { HTTP_EFFECTS } from './http-named.ts';
import { contentType, delay, empty, status } from './http.ts';
import { SOCKET_EFFECTS } from './socket-named.ts';
import { errorFirst } from './stream-error.ts';
import { STREAM_EFFECTS } from './stream-named.ts';

/** What each kind of fault does to an answer: one row a kind. */
const EFFECTS: { readonly [K in FaultKind]: FaultEffect<K> } = {
  status,
  delay,
  hang,
  cut,
  'error-first': errorFirst,
  empty,
  'content-type': contentType,
};

/** What each fault of the catalogue does to an HTTP answer: one row a name. */
const NAMED_EFFECTS: Readonly<Record<Exclude<FaultName, WebSocketFaultName>, NamedEffect>> = {
  ...HTTP_EFFECTS,
  ...STREAM_EFFECTS,
  ...BYTES_EFFECTS,
  ...SOCKET_EFFECTS,
};

export interface AppliedFault {
  readonly delivery: Delivery;
  /** The fault that was played; `undefined` when the answer has nothing that it could spoil. */
  readonly played: string | undefined;
}

function custom(fault: CustomFault, scene: FaultScene): AppliedFault {
  const effect = EFFECTS[fault.kind] as FaultEffect<FaultKind>;
  return { delivery: effect(fault, scene), played: fault.kind };
}

function named({ name, parameters }: NamedFault, scene: FaultScene): AppliedFault {
  let made: Delivery | undefined;
  const normal = (stream?: boolean): Delivery =>
    stream === undefined ? (made ??= scene.normal()) : scene.normal(stream);
  const answers = FAULTS_BY_NAME.get(name)?.answers ?? 'all';
  // An HTTP answer has no frames.
  if (!isEffect(name)) return { delivery: normal(), played: undefined };
  if (answers !== 'all' && (normal().wholeTokens === undefined) !== (answers === 'stream')) {
    return { delivery: normal(), played: undefined };
  }
  const delivery = NAMED_EFFECTS[name](parameters, { ...scene, normal });
  return delivery === undefined ? { delivery: normal(), played: undefined } : { delivery, played: name };
}

function isEffect(name: FaultName): name is keyof typeof NAMED_EFFECTS {
  return Object.hasOwn(NAMED_EFFECTS, name);
}

export function applyFault(fault: Fault, scene: FaultScene): AppliedFault {
  return fault.kind === 'named' ? named(fault, scene) : custom(fault, scene);
}
