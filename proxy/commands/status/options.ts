import type { ProxyOptions } from '../control-plane.ts';

export interface StatusOptions extends ProxyOptions {
  readonly once?: boolean;
  readonly json?: boolean;
}
