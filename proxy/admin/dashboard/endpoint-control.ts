import type { HandChange } from '../../routing/by-hand.ts';

/** An endpoint as an operator moves it. */
export interface ControlledEndpoint {
  readonly model: string;
  readonly state: string;
  /** Another endpoint of its model admits. */
  readonly othersAdmit: boolean;
  /** Here and at all replicas and workers, for so many milliseconds. */
  eject(ms: number, by: string): HandChange;
  admit(by: string): HandChange;
}

/** Finds an endpoint of the configuration by its id. */
export type FindEndpoint = (id: string) => ControlledEndpoint | undefined;

/** What an operator has done to an endpoint, for the audit log. */
export interface EndpointAudit {
  readonly actor: string;
  readonly action: 'eject' | 'admit';
  readonly id: string;
  readonly before: { readonly state: string };
  readonly after: { readonly state: string; readonly until?: string };
}
