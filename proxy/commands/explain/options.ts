import type { ProxyOptions } from '../control-plane.ts';

export interface ExplainOptions extends ProxyOptions {
  readonly key?: string;
  readonly task?: string;
  readonly tier?: string;
  readonly hint?: string;
  readonly json?: boolean;
}
