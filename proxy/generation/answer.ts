import type { WholeStream } from '../cache/recorder.ts';
import type { Recording } from '../cache/types.ts';
import type { ProxyError } from '../core/errors.ts';
import type { OutcomeKind } from '../core/outcome.ts';
import type { Flight } from '../flights/flight.ts';
import type { AnswerFacts, TokenUsage } from '../protocols/types.ts';

/** The head of an upstream answer that a flight carries to its passengers. */
export interface AnswerHead {
  readonly status: number;
  readonly shape: 'body' | 'stream';
  readonly headers: readonly (readonly [string, string])[];
  readonly endpoint: string;
  readonly attempts: number;
  /** Bytes of a body that is already whole. */
  readonly length?: number;
}

/** Why a flight never opened: an answer that an endpoint gave, or an error of our own. */
export type FlightFailure =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: readonly (readonly [string, string])[];
      readonly body: Buffer;
      readonly endpoint: string;
      readonly attempts: number;
    }
  | { readonly kind: 'error'; readonly error: ProxyError; readonly attempts: number; readonly endpoint?: string };

/** What is learnt of an answer while and after it passes. */
export interface AnswerRecord {
  /** When each chunk of the answer came, in monotonic milliseconds. */
  readonly times: number[];
  outcome?: OutcomeKind;
  facts?: AnswerFacts;
  whole?: WholeStream;
  recording?: Recording;
  usage?: TokenUsage;
}

export interface AnswerFlight {
  readonly flight: Flight<AnswerHead, FlightFailure>;
  /** Filled by the producer before the flight ends. */
  readonly record: AnswerRecord;
  /** Set by `record`: stores the verified answer. */
  onVerified?: (endpoint: string) => void;
  /** Set by `join`: takes the flight off the board, in the same tick in which it ends. */
  onLanding?: () => void;
}
