import type { JsonObject } from '../../core/json.ts';
import type { EndpointStats } from '../../routing/stats.ts';
import { askProxy, type Target } from '../control-plane.ts';
import { CommandFault } from '../place.ts';

/** What `/health` and `/stats` said at one moment. */
export interface StatusReading {
  readonly health: JsonObject;
  readonly stats: JsonObject;
}

/** Asks a running proxy. Throws CommandFault where there is no answer or another program answers, RefusedCall where it refuses. */
export async function readStatus(target: Target, signal: AbortSignal): Promise<StatusReading> {
  const [health, stats] = await Promise.all(
    ['/health', '/stats'].map((path) => askProxy(target, { method: 'GET', path, signal })),
  );
  if (health === undefined || typeof health['status'] !== 'string' || stats?.['endpoints'] === undefined) {
    throw new CommandFault(`what answers at ${target.url} is no llmproxy.`);
  }
  return { health, stats };
}

/** Endpoints by the names of their models. */
export function endpointsOf({ stats }: StatusReading): readonly (readonly [model: string, readonly EndpointStats[]])[] {
  return Object.entries(stats['endpoints'] as unknown as Readonly<Record<string, readonly EndpointStats[]>>);
}

/** The object in a member; empty where there is none. */
export function memberOf(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

export function numberIn(object: JsonObject, name: string): number {
  const value = object[name];
  return typeof value === 'number' ? value : 0;
}

export function textIn(object: JsonObject, name: string): string {
  const value = object[name];
  return typeof value === 'string' ? value : '';
}
