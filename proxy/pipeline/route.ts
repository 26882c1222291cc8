import type { RouteRequest } from '../routing/types.ts';
import type { Exchange } from './exchange.ts';
import type { Runtime } from './runtime.ts';

/** Works out what the choice of an endpoint depends on: stickiness, and who owns the ids that the request refers to. */
export function routeOf(exchange: Exchange, runtime: Runtime): RouteRequest | Promise<RouteRequest> {
  const { facts, model } = exchange;
  if (!facts || !model) return {};
  const { headers } = exchange.request;
  const stickyKey = model.router.stickyKey(facts, (name) => {
    const value = headers[name];
    return typeof value === 'string' ? value : undefined;
  });
  const route: RouteRequest = stickyKey === undefined ? {} : { stickyKey };
  const ids = [...facts.encryptedItems, ...(facts.previousResponseId === undefined ? [] : [facts.previousResponseId])];
  if (ids.length === 0) return route;
  const known = runtime.affinity.peek(ids);
  if (known !== undefined) return { ...route, ownerId: known };
  return runtime.affinity.find(ids).then((ownerId) => (ownerId === undefined ? route : { ...route, ownerId }));
}
