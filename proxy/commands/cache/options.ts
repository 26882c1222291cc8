import type { ProxyOptions } from '../control-plane.ts';

export interface WarmOptions extends ProxyOptions {
  readonly key?: string;
  readonly concurrency?: string;
  readonly timeout?: string;
  readonly json?: boolean;
}
