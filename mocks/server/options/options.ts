import type { FamilyId, Operation } from '../../dialects/reply.ts';
import type { LimitSettings } from '../../limits/settings.ts';
import type { FaultRule } from '../../rules/fault.ts';
import type { Pace } from '../../rules/pace.ts';
import type { ScriptInput } from '../../rules/script/types.ts';
import type { StrictnessSetting } from '../../strictness/index.ts';
import type { Clock } from '../clock.ts';
import type { FleetState } from '../fleet-state.ts';
import type { TenantKeys } from '../tenant-selection.ts';

/** Options of one mock server. How each is read and which flags set it: the table beside this file. */
export interface ServerOptions {
  /** 0 or absent: a free one. */
  readonly port?: number | undefined;
  /** Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** The port speaks HTTPS and `wss:` too, with a certificate made at start. Default false. */
  readonly tls?: boolean | undefined;
  /** Hosts besides the local ones to which webhooks are delivered. Default: none. */
  readonly webhookHosts?: readonly string[] | undefined;
  /**
   * The control API is open to requests with `Authorization: Bearer TOKEN`. Default: to requests of this machine; on a mock that listens
   * beyond the loopback it is closed, except to the handle that started the mock.
   */
  readonly controlToken?: string | undefined;
  /** The family that answers paths which several share or none has, where the request's headers do not tell. Default `openai`. */
  readonly dialect?: FamilyId | undefined;
  /** Default: answers come at once. */
  readonly pace?: Pace | undefined;
  /** Text answers end with ` [PORT]`, or with this text in brackets, so that a test sees which endpoint answered. Default false. */
  readonly tag?: boolean | string | undefined;
  /** `virtual`: time stands still until the control API moves it. Default `real`. */
  readonly clock?: 'real' | 'virtual' | undefined;
  /** API keys and the tenants they belong to; `each`: every key is a tenant named like the key. Keys `sk-mock-tenant-NAME` need no entry. */
  readonly tenantKeys?: TenantKeys | undefined;
  /** Text answers end with an unguessable word of their own, so that a replayed one is recognised by its text too. Default false. */
  readonly nonce?: boolean | undefined;
  /** Texts differ from call to call where the provider's would: at a temperature above 0 without a seed. Default false. */
  readonly vary?: boolean | undefined;
  /** The journal notes time, length and hash of every event. Default false. */
  readonly trace?: boolean | undefined;
  /** Rules that answer: a JSON, YAML or TypeScript file, which is read anew whenever it changes, or the rules themselves. */
  readonly script?: string | ScriptInput | undefined;
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
  /** How strict requests are judged: `off`, `spec` or `openai`, or by key. Default `off`. */
  readonly strictness?: StrictnessSetting | undefined;
  /** Rate limits and quota, as the provider keeps them. Default: none. Servers of one fleet and organization with the same limits share them. */
  readonly limits?: LimitSettings | undefined;
  /** `openai-organization` of every answer, and whose limits they are. Default `org-mock`. */
  readonly organization?: string | undefined;
  /** Faults by name (`cut;after=3`), or whole rules. They are back after a reset. Default: none. */
  readonly faults?: readonly (string | FaultRule)[] | undefined;
  /** Of all requests, the share that meets one of the faults given by name: 0–1. Default 1. With a seed the same ones every time. */
  readonly faultRate?: number | undefined;
  /** API keys whose every request meets a fault: `{ 'sk-slow': 'stall' }`. */
  readonly faultKeys?: Readonly<Record<string, string>> | undefined;
}

/** What the server takes from outside, injected for tests. */
export interface ServerParts {
  readonly clock?: Clock | undefined;
  /** What the server shares with its fleet. Default: nothing. */
  readonly fleetState?: FleetState | undefined;
  /** Default: everything the dialects know. */
  readonly operations?: readonly Operation[] | undefined;
  /** Told about faults of the mock itself. */
  readonly report?: ((error: unknown) => void) | undefined;
}
