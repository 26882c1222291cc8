import { asText } from '../../dialects/content.ts';
import { bearerKey } from '../../dialects/keys.ts';
import { realtimeId } from '../../dialects/realtime/ids.ts';
import { knownCall, mintedSession } from '../../dialects/realtime/minted.ts';
import { realtimeSession, transcriptionSession, translationSession } from '../../dialects/realtime/session.ts';
import type { Body } from '../../dialects/validate.ts';
import type { SocketHost, SocketProtocol } from '../../sockets/host.ts';
import type { Refusal } from '../../sockets/realtime/refusal.ts';
import { missing, refusal } from '../../sockets/realtime/refusal.ts';
import { RealtimeSession } from '../../sockets/realtime/session.ts';
import { TranslationSession } from '../../sockets/realtime/translation.ts';
import { EventWriter } from '../../sockets/realtime/writer.ts';
import type { Connection } from './connection.ts';

const SESSION_SECONDS = 3600;
const BAD_REQUEST = 4000;
const BAD_KEY = 3000;

interface Refused {
  readonly refused: Refusal;
  readonly code: number;
}

const bad = (refused: Refusal): Refused => ({ refused, code: BAD_REQUEST });

function refusedKey(headers: Connection['headers'], host: SocketHost): Refused | undefined {
  const context = host.context();
  const key = bearerKey({ headers });
  const minted = mintedSession(key ?? '', context);
  const invalid = refusal('Incorrect API key provided.', 'invalid_api_key');
  if (minted !== undefined) return minted === 'expired' ? { refused: invalid, code: BAD_KEY } : undefined;
  if (context.keys === undefined) return undefined;
  if (key === undefined) {
    return { refused: refusal('Missing bearer or basic authentication in header', null), code: BAD_KEY };
  }
  return context.keys.includes(key) ? undefined : { refused: invalid, code: BAD_KEY };
}

interface Begun {
  readonly session: Body;
  readonly sideband: boolean;
}

/** What is asked in the address, and what the key was minted for. */
interface Asked {
  readonly query: URLSearchParams;
  readonly minted: Body;
  readonly id: string;
  readonly expires: number;
}

function besideCall(call: string, host: SocketHost): Begun | Refused {
  const session = knownCall(call, host.context());
  if (session !== undefined) return { session, sideband: true };
  return bad(refusal(`No call found with id '${call}'.`, 'call_id_not_found', 'call_id'));
}

function writingDown({ query, minted, id, expires }: Asked): Begun | Refused {
  const [intent, model] = [query.get('intent'), query.get('model')];
  if (intent !== null && intent !== 'transcription') {
    return bad(refusal(`Invalid intent ${intent}`, 'invalid_intent', 'intent'));
  }
  if (model !== null && intent !== null) {
    return bad(refusal(`Model "${model}" is not supported in transcription mode.`, 'invalid_model', 'model'));
  }
  return { session: transcriptionSession(minted, id, expires), sideband: false };
}

/** The session that a connection begins with, or what it is refused with. */
function sessionFor({ headers, query: text }: Connection, host: SocketHost): Begun | Refused {
  const context = host.context();
  const query = new URLSearchParams(text);
  const call = query.get('call_id');
  if (call !== null) return besideCall(call, host);
  const found = mintedSession(bearerKey({ headers }) ?? '', context);
  const minted: Body = found === undefined || found === 'expired' ? {} : found;
  const id = realtimeId('sess', context.random, context.now());
  const expires = Math.floor(context.now() / 1000) + SESSION_SECONDS;
  if (query.has('intent') || minted['type'] === 'transcription') return writingDown({ query, minted, id, expires });
  const model = query.get('model') ?? asText(minted['model']);
  if (model === '') return bad(missing('model'));
  return { session: realtimeSession({ ...minted, model }, id, expires), sideband: false };
}

/** A connection that is told why it is not taken, and closed. */
function refusing(host: SocketHost, { refused, code }: Refused): SocketProtocol {
  const context = host.context();
  const events = new EventWriter(context.random, context.now);
  return {
    open() {
      host.send(events.error(refused));
      host.close(code, `${refused.type}.${refused.code ?? 'null'}`);
    },
    receive: () => undefined,
    closed: () => undefined,
  };
}

const BETA = 'The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API.';

/** Who speaks on a connection to `/v1/realtime`. */
export function realtimeProtocol(connection: Connection, host: SocketHost): SocketProtocol {
  const beta = /(?:^|[,\s])realtime=v1\b/.test(connection.headers['openai-beta'] ?? '');
  if (beta) return refusing(host, bad(refusal(BETA, 'beta_api_shape_disabled')));
  const unknown = refusedKey(connection.headers, host);
  if (unknown) return refusing(host, unknown);
  const session = sessionFor(connection, host);
  return 'refused' in session ? refusing(host, session) : new RealtimeSession(host, session);
}

/** Who speaks on a connection to `/v1/realtime/translations`. */
export function translationProtocol(connection: Connection, host: SocketHost): SocketProtocol {
  const unknown = refusedKey(connection.headers, host);
  if (unknown) return refusing(host, unknown);
  const context = host.context();
  const found = mintedSession(bearerKey(connection) ?? '', context);
  const minted: Body = found === undefined || found === 'expired' ? {} : found;
  const model = new URLSearchParams(connection.query).get('model') ?? asText(minted['model']);
  if (model === '') return refusing(host, bad(missing('model')));
  const id = realtimeId('sess', context.random, context.now());
  const expires = Math.floor(context.now() / 1000) + SESSION_SECONDS;
  return new TranslationSession(host, translationSession({ ...minted, model }, id, expires));
}
