import type { Fault, FaultKind } from '../../rules/fault.ts';
import type { Delivery } from '../delivery.ts';
import { cut, hang } from './connection.ts';
import type { FaultEffect, FaultScene } from './effect.ts';
import { contentType, delay, empty, status } from './http.ts';
import { errorFirst } from './stream-error.ts';

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

export function spoiled(fault: Fault, scene: FaultScene): Delivery {
  const effect = EFFECTS[fault.kind] as FaultEffect<FaultKind>;
  return effect(fault, scene);
}
