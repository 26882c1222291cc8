import { asText } from '../../dialects/content.ts';
import type { Body } from '../../dialects/validate.ts';
import { isBody } from '../../dialects/validate.ts';
import { BUFFER_EVENTS } from './buffer-events.ts';
import { ITEM_EVENTS } from './item-events.ts';
import type { Refusal } from './refusal.ts';
import { refusal } from './refusal.ts';
import { refusedUpdate } from './session-fields.ts';
import type { RealtimeSession } from './session.ts';

/** What a client event does; it is refused with what is returned. */
export type ClientEvent = (session: RealtimeSession, event: Body) => Refusal | undefined;

const update: ClientEvent = (session, event) => {
  const spoken = session.conversation.entries.some(
    ({ item, sound }) => item['role'] === 'assistant' && sound !== undefined,
  );
  const { host } = session;
  const refused = refusedUpdate(event['session'], { session: session.session, spoken, strict: host.strict });
  if (refused) return refused;
  session.update(event['session'] as Body);
  return undefined;
};

const respond: ClientEvent = (session, event) => {
  if (session.transcribes) {
    return refusal('Response creation is not supported in transcription mode.', 'invalid_request_error', 'type');
  }
  return session.responder.respond(isBody(event['response']) ? event['response'] : {});
};

const cancel: ClientEvent = (session, event) => {
  const asked = asText(event['response_id']);
  if (session.responder.cut('client_cancelled', asked === '' ? undefined : asked)) return undefined;
  return refusal('Cancellation failed: no active response found', 'response_cancel_not_active');
};

/** Everything that a client may send, by type. */
export const CLIENT_EVENTS: Readonly<Record<string, ClientEvent>> = {
  'session.update': update,
  ...BUFFER_EVENTS,
  ...ITEM_EVENTS,
  'response.create': respond,
  'response.cancel': cancel,
};
