import type { OutcomeKind } from '../core/outcome.ts';
import type { TokenUsage } from '../protocols/types.ts';
import type { Endpoint } from '../routing/types.ts';

/** One call to an endpoint that has ended, with what its provider bills for it. */
export interface BilledCall {
  readonly endpoint: Endpoint;
  readonly outcome: OutcomeKind;
  /** The model that was used, where it is not the one of the request: what transcribes a conversation, or one that a session names. */
  readonly model?: string;
  /** Absent = nothing is billed, or it is not known what: `billed` tells which. */
  readonly usage?: TokenUsage;
  /** The usage was counted from the text, because the endpoint did not say it. */
  readonly estimated: boolean;
  readonly billed: boolean;
  /** Given up because another attempt of the same generation had content first. */
  readonly hedge?: true;
}

/** Who pays for a generation: the principal whose request started it, also after that client has left. */
export interface Payer {
  /** All calls of the generation have ended. Called before its followers hear of the end; the first call counts. Must not throw. */
  booked(calls: readonly BilledCall[]): void;
}
