import { answerBytes, answerNothing } from '../answer.ts';
import { asText } from '../content.ts';
import { badRequest, missingField } from '../errors.ts';
import { notFound } from '../stored-object.ts';
import type { DialectContext, DialectRequest, Operation, Reply, StoredObject } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';

const CALLS = '/v1/realtime/calls';

/** The offer: the body itself, or the field `sdp` of a form. */
function offerOf(request: DialectRequest): string {
  const fields = isBody(request.body) ? request.body : {};
  return (
    asText(fields['sdp']) ||
    (request.headers['content-type']?.startsWith('application/sdp') ? request.rawBody.toString() : '')
  );
}

/** Accepts the media lines of an offer (RFC 3264): the same lines, from a port that takes nothing. */
function answerTo(offer: string, context: DialectContext): string {
  const media = offer.split(/\r?\n/).filter((line) => /^(?:m=|a=(?:mid|rtpmap|group):)/.test(line));
  const session = media.filter((line) => line.startsWith('a=group:'));
  const lines = media.filter((line) => !line.startsWith('a=group:'));
  const own = [
    'v=0',
    `o=- ${Math.floor(context.random.next() * 2 ** 31)} 2 IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    ...session,
    `a=ice-ufrag:${context.random.alnum(16)}`,
    `a=ice-pwd:${context.random.alnum(32)}`,
    'a=setup:active',
    ...lines.flatMap((line) => (line.startsWith('m=') ? [line, 'c=IN IP4 0.0.0.0'] : [line])),
  ];
  return `${own.join('\r\n')}\r\n`;
}

function create(request: DialectRequest, context: DialectContext): Reply {
  const offer = offerOf(request);
  if (offer === '') return missingField(context, 'sdp');
  if (!offer.startsWith('v=0')) return badRequest(context, 'Invalid SDP offer.', 'sdp', 'invalid_offer');
  const id = `rtc_${context.random.alnum(24)}`;
  context.objects.put(CALLS, { id, body: { id, status: 'active' }, hidden: {} });
  const reply = answerBytes(context, Buffer.from(answerTo(offer, context)), 'application/sdp');
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
  { id: 'realtime.calls.create', method: 'POST', path: CALLS, anyBody: true, handle: create },
  { id: 'realtime.calls.accept', method: 'POST', path: `${ONE}/accept`, handle: onCall(put('accepted')) },
  { id: 'realtime.calls.hangup', method: 'POST', path: `${ONE}/hangup`, handle: onCall(ended) },
  { id: 'realtime.calls.refer', method: 'POST', path: `${ONE}/refer`, handle: onCall(referred) },
  { id: 'realtime.calls.reject', method: 'POST', path: `${ONE}/reject`, handle: onCall(ended) },
];
