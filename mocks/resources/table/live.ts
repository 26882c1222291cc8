import { answerBytes, answerJson, answerNothing } from '../../dialects/answer.ts';
import { missingField } from '../../dialects/errors.ts';
import { answerTo } from '../../dialects/realtime/calls.ts';
import type { DialectContext, JsonReply, Reply, StoredObject } from '../../dialects/reply.ts';
import { fieldsOf, textOf } from '../fields.ts';
import type { Act, Resource } from '../resource.ts';
import type { Fields } from '../shape.ts';
import { change, forget, make } from '../store.ts';

function answered({ id }: StoredObject, body: Fields, context: DialectContext): Fields {
  const offer = textOf(fieldsOf(body['transport'])['sdp']);
  return { session: { id }, transport: { type: 'webrtc', sdp: answerTo(offer, context) } };
}

function refused({
  body,
  context,
}: {
  readonly body: Fields;
  readonly context: DialectContext;
}): JsonReply | undefined {
  return textOf(fieldsOf(body['transport'])['sdp']) === '' ? missingField(context, 'transport.sdp') : undefined;
}

const noted =
  (status: string): Act =>
  (session, place): Reply => {
    change(place, session, {}, { status });
    return answerNothing(place.context);
  };

const ended: Act = (session, place) => {
  forget(place, session);
  return answerNothing(place.context);
};

const forked: Act = (_session, place, request): Reply => {
  const body = fieldsOf(request.body);
  return (
    refused({ body, context: place.context }) ??
    answerJson(place.context, answered(make(place, body), body, place.context))
  );
};

export const liveSessions: Resource = {
  name: 'live.sessions',
  doc: 'Live sessions over WebRTC: the signalling, without sound',
  path: '/v1/live/sessions',
  param: 'session_id',
  id: { prefix: 'live_', alnum: 24 },
  shape: 'live/live#LiveCreateResponse',
  verbs: ['create'],
  required: ['session', 'transport'],
  refuse: refused,
  make: ({ id, body, context }) => ({
    fields: { id: undefined, ...answered({ id, body: {}, hidden: {} }, body, context) },
  }),
  actions: [
    { name: 'accept', method: 'POST', suffix: '/accept', act: noted('accepted') },
    { name: 'fork', method: 'POST', suffix: '/fork', act: forked },
    { name: 'refer', method: 'POST', suffix: '/refer', act: noted('referred') },
    { name: 'hangup', method: 'POST', suffix: '/hangup', act: ended },
    { name: 'reject', method: 'POST', suffix: '/reject', act: ended },
    {
      name: 'content',
      method: 'GET',
      suffix: '/content',
      act: (_session, { context }) => answerBytes(context, Buffer.alloc(0), 'application/octet-stream'),
    },
  ],
};
