import type { RequestContext } from './context.ts';
import type { Runtime } from './runtime.ts';

/** One condition that a request has to meet before anything is sent for it. Throws ProxyError. */
export type Gate = (context: RequestContext, runtime: Runtime) => void;

/** The gates, in the order in which they are asked; the first that refuses answers. */
export const GATES: readonly Gate[] = [];

export function admit(context: RequestContext, runtime: Runtime): void {
  for (const gate of GATES) gate(context, runtime);
}
