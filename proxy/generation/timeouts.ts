import type { OutcomeKind } from '../core/outcome.ts';
import type { UpstreamTimeouts } from '../upstream/types.ts';
import type { GenerationRequest } from './request.ts';

/** What bounds one attempt, in milliseconds. */
export interface AttemptTimeouts extends UpstreamTimeouts {
  /** From the request to the first content event of a stream. */
  readonly firstContentMs: number;
  /** From the request to the end of a JSON answer. */
  readonly answerMs: number;
}

/** What bounds a request with all its attempts. */
export interface RequestTimeouts extends AttemptTimeouts {
  /** From the first attempt to the commit, all attempts and pauses included. */
  readonly totalMs: number;
}

/** The bound that an attempt keeps itself: no sign of life of the endpoint prolongs it. */
export interface AttemptBound {
  readonly ms: number;
  readonly kind: Extract<OutcomeKind, 'timeout_first_content' | 'timeout_answer'>;
  readonly reason: string;
  /** Over with the commit; a JSON answer is bounded to its end. */
  readonly untilCommit: boolean;
}

export function attemptBound({ facts, opaque }: GenerationRequest, timeouts: AttemptTimeouts): AttemptBound {
  const { firstContentMs, answerMs } = timeouts;
  if (facts.stream) {
    const reason = `no content within ${firstContentMs} ms`;
    return { ms: firstContentMs, kind: 'timeout_first_content', reason, untilCommit: true };
  }
  return {
    ms: answerMs,
    kind: 'timeout_answer',
    reason: `no answer within ${answerMs} ms`,
    // What is not interpreted may be a download: once it flows, idleness alone ends it.
    untilCommit: opaque !== undefined,
  };
}

/**
 * What the connection is given: `first_byte` bounds the head of a stream only, and the time that a JSON answer is thought
 * about or written is the time of the attempt. 0 = no bound.
 */
export function callTimeouts({ facts, opaque }: GenerationRequest, timeouts: AttemptTimeouts): UpstreamTimeouts {
  const { connectMs, firstByteMs, idleMs } = timeouts;
  if (facts.stream) return { connectMs, firstByteMs, idleMs };
  return { connectMs, firstByteMs: 0, idleMs: opaque ? idleMs : 0 };
}
