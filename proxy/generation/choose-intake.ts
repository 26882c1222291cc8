import type { IncomingHttpHeaders } from 'node:http';
import type { Outcome } from '../core/outcome.ts';
import type { Protocol } from '../protocols/types.ts';
import type { Provider } from '../providers/types.ts';
import type { Endpoint } from '../routing/types.ts';
import { relayedAnswerHeaders } from '../upstream/headers.ts';
import { BodyIntake } from './body-intake.ts';
import { ErrorIntake } from './error-intake.ts';
import type { Intake, IntakeEvents } from './intake.ts';
import { OpaqueIntake } from './opaque-intake.ts';
import type { OpaqueRequest } from './opaque-request.ts';
import { StreamIntake } from './stream-intake.ts';

export interface ExpectedAnswer {
  readonly protocol: Protocol;
  readonly stream: boolean;
  readonly provider: Provider;
  /** The endpoint was called with a credential of the caller. */
  readonly callersCredential: boolean;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly endpoint: Endpoint;
  /** The request, where the route is not interpreted. */
  readonly opaque: OpaqueRequest | undefined;
}

/** Decides from the head of an answer how its body is read. */
export function chooseIntake(
  status: number,
  headers: IncomingHttpHeaders,
  expected: ExpectedAnswer,
  events: IntakeEvents,
): Intake {
  if (status > 299 && status < 400) {
    // Where a redirect leads is the endpoint's word alone: it is neither followed nor handed on.
    return badAnswer(events, status, `answered with status ${status}, a redirect`);
  }
  if (status > 299) {
    const { provider, callersCredential, now } = expected;
    return new ErrorIntake(events, (body) => ({
      outcome: provider.classify({ status, headers, body, callersCredential, now }),
      answer: { status, headers: relayedAnswerHeaders(headers), body },
    }));
  }
  const { protocol, stream, opaque, endpoint } = expected;
  if (opaque) return new OpaqueIntake(opaque, { status, headers, endpoint }, events);
  const wanted = stream ? 'text/event-stream' : 'application/json';
  const contentType = headers['content-type'] ?? '';
  if (!contentType.toLowerCase().startsWith(wanted)) {
    return badAnswer(events, status, `answered with '${contentType}' instead of '${wanted}'`);
  }
  return stream ? new StreamIntake(protocol, events) : new BodyIntake(protocol, events);
}

function badAnswer(events: IntakeEvents, status: number, reason: string): Intake {
  const outcome: Outcome = { kind: 'bad_answer', status, reason };
  return new ErrorIntake(events, () => ({ outcome }));
}
