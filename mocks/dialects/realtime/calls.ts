import { answerBytes, answerNothing } from '../answer.ts';
import { asText } from '../content.ts';
import { badRequest, missingField } from '../errors.ts';
import { notFound, unixSeconds } from '../stored-object.ts';
import { bearerKey } from '../keys.ts';
import type { DialectContext, DialectRequest, Operation, Reply, StoredObject } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import { timedName } from './ids.ts';
import { CALLS, mintedSession } from './minted.ts';
import { realtimeSession } from './session.ts';

const CHANNELS =
  /^a=(?:mid|rtpmap|fmtp|rtcp-mux|rtcp-fb|group|setup|sendrecv|sendonly|recvonly|sctp-port|max-message-size):?/;

/** The offer: the body itself, or the field `sdp` of a form. */
function offerOf(request: DialectRequest): string {
  const fields = isBody(request.body) ? request.body : {};
  return (
    asText(fields['sdp']) ||
    (request.headers['content-type']?.startsWith('application/sdp') ? request.rawBody.toString() : '')
  );
}

/** A line of the answer to a line of the offer: what the client sends is received, and the other way round. */
function mirrored(line: string): readonly string[] {
  if (line.startsWith('m=')) return [line, 'c=IN IP4 127.0.0.1'];
  if (line.startsWith('a=setup:')) return ['a=setup:active'];
  if (line === 'a=sendonly') return ['a=recvonly'];
  return [line === 'a=recvonly' ? 'a=sendonly' : line];
}

/** Accepts the media lines of an offer (RFC 3264), from a port that takes nothing. */
export function answerTo(offer: string, context: DialectContext): string {
  const lines = offer.split(/\r?\n/).filter((line) => line.startsWith('m=') || CHANNELS.test(line));
  const first = lines.findIndex((line) => line.startsWith('m='));
  const media = first === -1 ? [] : lines.slice(first);
  const credentials = [
    `a=ice-ufrag:${context.random.alnum(16)}`,
    `a=ice-pwd:${context.random.alnum(32)}`,
    `a=fingerprint:sha-256 ${(context.random.hex(64).toUpperCase().match(/../g) ?? []).join(':')}`,
  ];
  const own = [
    'v=0',
    `o=- ${Math.floor(context.random.next() * 2 ** 53)} ${unixSeconds(context)} IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    ...lines.filter((line) => line.startsWith('a=group:')),
    'a=ice-lite',
    ...media
      .filter((line) => !line.startsWith('a=group:'))
      .flatMap((line) => (line.startsWith('m=') ? [...mirrored(line), ...credentials] : mirrored(line))),
  ];
  return `${own.join('\r\n')}\r\n`;
}

/** The session of a call: a field of the form, as JSON or as an object, or what the client's key was minted for. */
function sessionOf(request: DialectRequest, context: DialectContext): Body {
  const { session } = isBody(request.body) ? request.body : {};
  if (isBody(session)) return session;
  try {
    const read: unknown = JSON.parse(asText(session));
    if (isBody(read)) return read;
  } catch {
    // No session, or none that can be read: the key's, or the usual one.
  }
  const minted = mintedSession(bearerKey(request) ?? '', context);
  return minted === undefined || minted === 'expired' ? {} : minted;
}

const SESSION_SECONDS = 3600;

function create(request: DialectRequest, context: DialectContext): Reply {
  const offer = offerOf(request);
  if (offer === '') return missingField(context, 'sdp');
  if (!offer.startsWith('v=0')) return badRequest(context, 'Invalid SDP offer.', 'sdp', 'invalid_offer');
  const name = `u0_${timedName(context.random, context.now())}`;
  const id = `rtc_${name}`;
  const session = realtimeSession(sessionOf(request, context), `sess_${name}`, unixSeconds(context) + SESSION_SECONDS);
  context.objects.put(CALLS, { id, body: { id, status: 'active' }, hidden: { session } });
  const reply = answerBytes(context, Buffer.from(answerTo(offer, context)), 'text/plain; charset=utf-8');
  return { ...reply, status: 201, headers: [...reply.headers, ['location', `${CALLS}/${id}`]] };
}

type Handler = (call: StoredObject, asked: Body, context: DialectContext) => Reply | undefined;

/** Runs the handler on the call of `{call_id}` and answers with nothing. */
function onCall(handler: Handler): Operation['handle'] {
  return (request, context) => {
    const id = request.params['call_id'] ?? '';
    const known = context.objects.get(CALLS, id);
    // A call that came by telephone was never made here: its id is the caller's to know.
    const call =
      known ?? (context.lenientIds || id.startsWith('rtc_sip') ? { id, body: { id }, hidden: {} } : undefined);
    if (call === undefined) return notFound(context, `No call found with id '${id}'.`);
    const refused = handler(call, isBody(request.body) ? request.body : {}, context);
    return refused ?? answerNothing(context);
  };
}

function ended(call: StoredObject, _asked: Body, context: DialectContext): undefined {
  context.objects.delete(CALLS, call.id);
}

function put(status: string): Handler {
  return (call, _asked, context) => {
    context.objects.put(CALLS, { ...call, body: { ...call.body, status } });
    return undefined;
  };
}

const referred: Handler = (call, asked, context) =>
  asked['target_uri'] === undefined ? missingField(context, 'target_uri') : put('referred')(call, asked, context);

const ONE = `${CALLS}/{call_id}`;

/** Calls over WebRTC: the signalling, without sound. */
export const callOperations: readonly Operation[] = [
  { id: 'realtime.calls.create', method: 'POST', path: CALLS, takesEveryBody: true, handle: create },
  { id: 'realtime.calls.accept', method: 'POST', path: `${ONE}/accept`, handle: onCall(put('accepted')) },
  { id: 'realtime.calls.hangup', method: 'POST', path: `${ONE}/hangup`, handle: onCall(ended) },
  { id: 'realtime.calls.refer', method: 'POST', path: `${ONE}/refer`, handle: onCall(referred) },
  { id: 'realtime.calls.reject', method: 'POST', path: `${ONE}/reject`, handle: onCall(ended) },
];
