import type { ProxyOptions } from '../control-plane.ts';

export interface WarmOptions extends ProxyOptions {
  readonly key?: string;
  readonly concurrency?: string;
  readonly timeout?: string;
  readonly json?: boolean;
}

export interface CacheStatsOptions extends ProxyOptions {
  readonly json?: boolean;
}

export interface PurgeOptions extends ProxyOptions {
  readonly model?: string;
  readonly key?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}
