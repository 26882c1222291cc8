import { answerJson } from '../answer.ts';
import { unknownModel } from '../errors.ts';
import { unixSeconds } from '../stored-object.ts';
import type { DialectContext, DialectRequest, JsonReply, Operation, Reply } from '../reply.ts';
import type { Body, FieldRule } from '../validate.ts';
import { isBody, refusedField, wrongType } from '../validate.ts';
import { realtimeId } from './ids.ts';
import { SECRETS, mint } from './minted.ts';
import {
  betaSession,
  betaTranscriptionSession,
  realtimeSession,
  sessionId,
  transcriptionSession,
  translationSession,
} from './session.ts';

/** A client's key is good for ten minutes unless the request says otherwise. */
const SECRET_SECONDS = 600;
/** In the older form for one minute. */
const BETA_SECRET_SECONDS = 60;
const SESSION_SECONDS = 1800;

const EXPIRY_RULES: readonly FieldRule[] = [{ name: 'seconds', expected: 'an integer', least: 10, most: 7200 }];

function fieldsOf(value: unknown): Body {
  return isBody(value) ? value : {};
}

function refusedSession(session: Body, context: DialectContext): JsonReply | undefined {
  const { model } = session;
  if (model !== undefined && typeof model !== 'string') return wrongType(context, 'session.model', 'a string', model);
  const unknown = typeof model === 'string' && context.models !== undefined && !context.models.includes(model);
  return unknown ? unknownModel(model, context, 'chat') : undefined;
}

type SessionMaker = (asked: Body, id: string, expiresAt: number) => Body;

/** A key that a browser may hold, with the session that it opens. */
function secretFor(makerOf: (session: Body) => SessionMaker): Operation['handle'] {
  return (request: DialectRequest, context: DialectContext): Reply => {
    const body = fieldsOf(request.body);
    const asked = fieldsOf(body['session']);
    const expiry = fieldsOf(body['expires_after']);
    const refused = refusedField(expiry, EXPIRY_RULES, context) ?? refusedSession(asked, context);
    if (refused) return refused;
    const seconds = typeof expiry['seconds'] === 'number' ? expiry['seconds'] : SECRET_SECONDS;
    const now = unixSeconds(context);
    const value = `ek_${context.random.hex(32)}`;
    mint(value, asked, now + seconds, context);
    // The session that is shown has no end yet: it begins with the connection.
    const session = makerOf(asked)(asked, realtimeId('sess', context.random, context.now()), 0);
    return answerJson(context, { value, expires_at: now + seconds, session });
  };
}

type BetaMaker = (asked: Body, id: string, expiresAt: number, secret: Body) => Body;

function betaSessionFor(make: BetaMaker): Operation['handle'] {
  return (request, context) => {
    const asked = fieldsOf(request.body);
    const refused = refusedSession(asked, context);
    if (refused) return refused;
    const now = unixSeconds(context);
    const secret = { value: `ek_${context.random.hex(32)}`, expires_at: now + BETA_SECRET_SECONDS };
    return answerJson(context, make(asked, sessionId(context.random), now + SESSION_SECONDS, secret));
  };
}

const clientSecret = secretFor((session) =>
  session['type'] === 'transcription' ? transcriptionSession : realtimeSession,
);

const REALTIME = '/v1/realtime';

/** Keys and sessions of the realtime interface. */
export const realtimeOperations: readonly Operation[] = [
  { id: 'realtime.client_secrets', method: 'POST', path: SECRETS, handle: clientSecret },
  {
    id: 'realtime.translations.client_secrets',
    method: 'POST',
    path: `${REALTIME}/translations/client_secrets`,
    handle: secretFor(() => translationSession),
  },
  { id: 'realtime.sessions', method: 'POST', path: `${REALTIME}/sessions`, handle: betaSessionFor(betaSession) },
  {
    id: 'realtime.transcription_sessions',
    method: 'POST',
    path: `${REALTIME}/transcription_sessions`,
    handle: betaSessionFor(betaTranscriptionSession),
  },
];
