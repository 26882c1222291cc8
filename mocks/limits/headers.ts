import type { Level } from './bucket.ts';
import { goDuration } from './duration.ts';
import type { LimitRefusal } from './refusal.ts';

/** What the `x-ratelimit-*` headers of an answer speak of; absent: there is no such limit. */
export interface Standing {
  readonly requests?: Level | undefined;
  readonly tokens?: Level | undefined;
}

type Header = readonly [name: string, value: string];

function unitHeaders(unit: 'requests' | 'tokens', level: Level | undefined): readonly Header[] {
  if (level === undefined) return [];
  return [
    [`x-ratelimit-limit-${unit}`, String(level.limit)],
    [`x-ratelimit-remaining-${unit}`, String(level.remaining)],
    [`x-ratelimit-reset-${unit}`, goDuration(level.resetMs)],
  ];
}

export function standingHeaders(standing: Standing): readonly Header[] {
  return [...unitHeaders('requests', standing.requests), ...unitHeaders('tokens', standing.tokens)];
}

/** `retry-after` in whole seconds and `retry-after-ms`; nothing when waiting does not help. */
export function retryHeaders({ retryMs }: LimitRefusal): readonly Header[] {
  if (retryMs === undefined) return [];
  return [
    ['retry-after', String(Math.max(1, Math.ceil(retryMs / 1000)))],
    ['retry-after-ms', String(Math.max(1, Math.ceil(retryMs)))],
  ];
}
