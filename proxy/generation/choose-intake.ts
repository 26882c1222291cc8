import type { IncomingHttpHeaders } from 'node:http';
import type { Outcome } from '../core/outcome.ts';
import type { Protocol, StreamView } from '../protocols/types.ts';
import { readErrorBody } from '../providers/error-body.ts';
import type { Provider } from '../providers/types.ts';
import type { Endpoint } from '../routing/types.ts';
import { relayedAnswerHeaders } from '../upstream/headers.ts';
import { BodyIntake } from './body-intake.ts';
import type { BodyKind } from './body-kind.ts';
import { type ErrorBody, ErrorIntake } from './error-intake.ts';
import { EventsToBodyIntake } from './events-to-body.ts';
import type { Intake, IntakeEvents } from './intake.ts';
import { KindIntake } from './kind-intake.ts';
import { OpaqueIntake } from './opaque-intake.ts';
import type { OpaqueRequest } from './opaque-request.ts';
import { StreamIntake } from './stream-intake.ts';
import { translatedRefusal } from './translated-answer.ts';
import { doubting, TranslatedBody, TranslatedStream } from './translated-intake.ts';
import type { Translation } from './translated-request.ts';
import { jsonHeaders, type EmbeddedRefusal, embeddedErrorReader } from './embedded-error.ts';

export interface ExpectedAnswer {
  readonly protocol: Protocol;
  readonly stream: boolean;
  /** What of a stream belongs into the log of the answer. */
  readonly view: StreamView;
  readonly provider: Provider;
  /** The endpoint was called with a credential of the caller. */
  readonly callersCredential: boolean;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly endpoint: Endpoint;
  /** The request, where the route is not interpreted. */
  readonly opaque: OpaqueRequest | undefined;
  /** The endpoint is asked in another protocol than the client's. */
  readonly translation?: Translation | undefined;
}

/** Decides from the head of an answer how its body is read; what the body is, its own first bytes say. */
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
  if (status > 299) return new ErrorIntake(events, (body) => refusalOf(status, headers, expected, body));
  const { opaque, endpoint, stream } = expected;
  if (opaque) return new OpaqueIntake(opaque, { status, headers, endpoint }, events);
  const encoding = headers['content-encoding'];
  if (encoding !== undefined) {
    return badAnswer(events, status, `answered with content-encoding '${encoding}', which cannot be read here`);
  }
  const answer = { status, headers, expected };
  return new KindIntake({ wanted: stream ? 'events' : 'json', open: (kind) => intakeFor(kind, answer, events) });
}

interface AnswerHeadSeen {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly expected: ExpectedAnswer;
}

function intakeFor(kind: BodyKind, answer: AnswerHeadSeen, events: IntakeEvents): Intake {
  const { translation } = answer.expected;
  const delimited = isDelimited(answer.headers);
  if (translation === undefined || kind === 'other') return clientsIntake(kind, answer, events, delimited);
  const { translator } = translation;
  const inner = clientsIntake(kind, answer, doubting(translator, events), true);
  if (kind === 'json') return new TranslatedBody(translator, inner, events);
  return new TranslatedStream(translator, inner, delimited);
}

/** Reads an answer in the client's protocol. `delimited`: how its end is known is certain. */
function clientsIntake(
  kind: BodyKind,
  { headers, status, expected }: AnswerHeadSeen,
  events: IntakeEvents,
  delimited: boolean,
): Intake {
  const { protocol, stream } = expected;
  const readError = embeddedErrorReader(expected, headers);
  if (kind === 'json' && !stream) return new BodyIntake(protocol, events, { readError });
  if (kind === 'events' && stream) return new StreamIntake(protocol, events, { delimited, readError });
  if (kind === 'other' || !protocol.streams) {
    const wanted = stream ? 'text/event-stream' : 'application/json';
    const label = `'${[headers['content-type'] ?? []].flat().join(', ')}'`;
    return badAnswer(events, status, `answered with something else than '${wanted}', labelled ${label}`);
  }
  if (kind === 'events') return new EventsToBodyIntake(protocol, events, { delimited, readError });
  return new BodyIntake(protocol, events, { readError, convert: (body) => asStream(body, expected) });
}

/** The head says how the end of the body is known. */
function isDelimited(headers: IncomingHttpHeaders): boolean {
  return 'content-length' in headers || 'transfer-encoding' in headers;
}

/** A whole body as the stream that was asked for. */
function asStream(body: Buffer, { protocol, view }: ExpectedAnswer): Buffer {
  const events = protocol.bodyToStream(body).flatMap((event) => protocol.show(event, view) ?? []);
  return Buffer.concat(events);
}

/** What an endpoint said with another status than 2xx. A body that is not whole is replaced: half of one helps no client. */
function refusalOf(
  status: number,
  headers: IncomingHttpHeaders,
  { protocol, provider, callersCredential, now, translation }: ExpectedAnswer,
  { bytes, lacks }: ErrorBody,
): EmbeddedRefusal {
  const outcome = provider.classify({ status, headers, body: bytes, callersCredential, now });
  if (lacks === undefined) {
    const answer = { status, headers: relayedAnswerHeaders(headers), body: bytes };
    return {
      outcome,
      answer: translation ? translatedRefusal(translation, answer, headers, { callersCredential, now }) : answer,
    };
  }
  const { message } = readErrorBody(bytes);
  const beginning = message === '' ? '' : ` It begins: ${message.slice(0, 200)}`;
  const body = protocol.errorBody({
    message: `The endpoint answered with status ${status}; its error cannot be shown whole, for ${lacks}.${beginning}`,
    type: status < 500 ? 'invalid_request_error' : 'server_error',
    param: null,
    code: 'upstream_error_incomplete',
    status,
  });
  return { outcome, answer: { status, headers: jsonHeaders(headers), body } };
}

/** Refuses an answer by its head, or by its first bytes: the rest of it is not waited for. */
function badAnswer(events: IntakeEvents, status: number, reason: string): Intake {
  const outcome: Outcome = { kind: 'bad_answer', status, reason };
  const refuse = (): void => events.refuse(outcome);
  return {
    onData: refuse,
    onEnd: refuse,
    onFailure: ({ kind, reason: why }) => events.refuse(kind === 'client_left' ? { kind, reason: why } : outcome),
  };
}
