import { ownKeyOf } from '../../core/credential.ts';
import type { JsonObject } from '../../core/json.ts';
import { ownKeyError } from '../../generation/own-key-error.ts';
import type { Endpoint } from '../../routing/types.ts';
import { classified } from './endpoint-socket.ts';
import { errorFrame } from './error-frame.ts';
import { errorIn } from './frame-answer.ts';

/**
 * The event as the client is shown it: where an endpoint refuses or limits a key of the user's own, in the words of the proxy, else
 * as it came. `now` in milliseconds since the epoch.
 */
export function shownEvent(text: Buffer, event: JsonObject, endpoint: Endpoint, now: number): Buffer {
  const own = ownKeyOf(endpoint.credential);
  if (own === undefined || event['type'] !== 'error') return text;
  const { status, headers, error } = errorIn(event);
  const refusal = ownKeyError(classified(status, headers, error, endpoint, now).outcome, own);
  if (refusal === undefined) return text;
  const streamId = event['stream_id'];
  return Buffer.from(
    errorFrame(refusal.status, refusal, typeof streamId === 'string' ? streamId : undefined, refusal.headers),
  );
}
