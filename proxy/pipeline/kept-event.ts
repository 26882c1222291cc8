import type { JsonObject } from '../core/json.ts';
import { isJsonObject } from '../core/json.ts';
import { type Overlay, shown } from '../responses-state/record.ts';
import { parseObject } from '../wire/json-object.ts';
import { parseEvent } from '../wire/sse-event.ts';

const LIFECYCLE = Buffer.from('"response"');
const TERMINAL = new Set(['response.completed', 'response.incomplete', 'response.failed', 'response.cancelled']);

export interface ShownEvent {
  readonly bytes: Buffer;
  /** The response, where it is the last event of its stream. */
  readonly ended?: JsonObject;
  /** What an error event says. */
  readonly error?: JsonObject;
}

/** An event of an endpoint as the client is shown it: what tells of the whole response has the client's own fields. */
export function shownEvent(event: Buffer, overlay: Overlay): ShownEvent {
  if (!event.includes(LIFECYCLE) && !event.includes('error')) return { bytes: event };
  const { event: name, data } = parseEvent(event);
  const payload = parseObject(data);
  const type = payload?.['type'] ?? name;
  if (payload && type === 'error') return { bytes: event, error: payload };
  const inner = payload?.['response'];
  if (!payload || !isJsonObject(inner)) return { bytes: event };
  const response = shown(inner, overlay);
  const line = name === undefined ? '' : `event: ${name}\n`;
  const bytes = Buffer.from(`${line}data: ${JSON.stringify({ ...payload, response })}\n\n`);
  return typeof type === 'string' && TERMINAL.has(type) ? { bytes, ended: response } : { bytes };
}
