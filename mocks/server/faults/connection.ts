import type { Delivery } from '../delivery.ts';
import type { FaultEffect } from './effect.ts';
import { NO_EVENTS, firstEvents } from './effect.ts';

/** The faults that a client meets on the connection: silence, and a stream that breaks off. */

function headless(ending: 'cut' | 'hang'): Delivery {
  return { delayMs: 0, head: undefined, events: NO_EVENTS, ending };
}

export const hang: FaultEffect<'hang'> = (fault, { normal }) => {
  if (fault.afterEvents === undefined) return headless('hang');
  const delivery = normal();
  return { ...delivery, events: firstEvents(delivery.events, fault.afterEvents), ending: 'hang' };
};

export const cut: FaultEffect<'cut'> = (fault, { normal }) => {
  if (fault.atByte !== undefined) return { ...normal(), limitBytes: fault.atByte };
  if (fault.afterEvents === undefined || fault.afterEvents === 0) return headless('cut');
  const delivery = normal();
  return { ...delivery, events: firstEvents(delivery.events, fault.afterEvents), ending: 'cut' };
};
