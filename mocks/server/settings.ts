import type { Operation } from '../dialects/reply.ts';
import type { Pace } from '../rules/pace.ts';
import type { SharedLimiters } from '../limits/shared.ts';
import type { Clock } from './clock.ts';
import type { FaultOptions } from './faults/fault-options.ts';
import type { GateOptions } from './gate/gate-options.ts';

/** Options of one mock server. */
export interface ServerOptions extends GateOptions, FaultOptions {
  /** 0 or absent: a free one. */
  readonly port?: number | undefined;
  /** Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Default: answers come at once. */
  readonly pace?: Pace | undefined;
  /** Text answers end with ` [PORT]`, so that a test sees which endpoint answered. Default false. */
  readonly tag?: boolean | undefined;
  /** Makes ids and all else that is left to chance reproducible. Default: unguessable. */
  readonly seed?: number | undefined;
  /** Only these models exist. Default: every name does. */
  readonly models?: readonly string[] | undefined;
  /** Only these API keys are accepted. Default: any, or none. */
  readonly keys?: readonly string[] | undefined;
  /** An id that was never made is invented instead of refused with 404. Default false. */
  readonly lenientIds?: boolean | undefined;
  /** Milliseconds that a job (batch, fine-tuning, video, run of an eval…) stays in each of its states. Default 100. */
  readonly jobStageMs?: number | undefined;
}

/** What the server takes from outside, injected for tests. */
export interface ServerParts {
  readonly clock?: Clock | undefined;
  /** The limiters of the fleet that the server belongs to. Default: one of its own. */
  readonly limiters?: SharedLimiters | undefined;
  /** Default: everything the dialects know. */
  readonly operations?: readonly Operation[] | undefined;
  /** Told about faults of the mock itself. */
  readonly report?: ((error: unknown) => void) | undefined;
}
