import { isJsonObject } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import { errorMessage, isError } from './completion-chunk.ts';
import { parseObject } from '../../wire/json-object.ts';
import { readFlatEvent } from './plain-event.ts';
import { parseEvent } from '../../wire/sse-event.ts';
import { responseUsage } from './token-usage.ts';
import type { EventFacts, EventKind } from '../types.ts';

const KINDS: Readonly<Record<string, EventKind>> = {
  'response.created': 'open',
  'response.queued': 'open',
  'response.in_progress': 'open',
  keepalive: 'open',
  'response.completed': 'end',
  'response.incomplete': 'end',
  'response.failed': 'error',
  error: 'error',
};

export interface ResponseEvent extends EventFacts {
  readonly type?: string;
  /** The `response` member of lifecycle events. */
  readonly response?: JsonObject;
  /** The payload is no JSON object. */
  readonly unreadable?: boolean;
}

/** Reads one event of a Responses stream. Never throws. */
export function readResponseEvent(event: Buffer): ResponseEvent {
  const flat = readFlatEvent(event);
  if (flat !== undefined && flat !== 'error') return { type: flat, kind: kindOf(flat) };
  const { event: name, data } = parseEvent(event);
  // Some compatible servers close the stream as chat does; it says nothing here.
  if ((data === '' && name !== 'error') || data.trim() === '[DONE]') return { kind: 'other' };
  const payload = parseObject(data);
  const type = typeof payload?.['type'] === 'string' ? payload['type'] : name;
  if (name === 'error' || isError(payload?.['error'])) {
    return { type: 'error', kind: 'error', message: errorMessage(payload) ?? data };
  }
  if (payload === undefined) return { kind: 'other', unreadable: true };
  return { ...(type === undefined ? {} : { type }), ...lifecycle(kindOf(type), payload) };
}

function kindOf(type: string | undefined): EventKind {
  if (type === undefined) return 'other';
  return KINDS[type] ?? (type.startsWith('response.') ? 'content' : 'other');
}

function lifecycle(kind: EventKind, payload: JsonObject): ResponseEvent {
  const { response } = payload;
  if (!isJsonObject(response)) {
    return kind === 'error' ? { kind, message: errorMessage(payload) ?? 'no message' } : { kind };
  }
  const usage = responseUsage(response['usage']);
  return {
    kind,
    response,
    ...(typeof response['id'] === 'string' ? { id: response['id'] } : {}),
    ...(usage === undefined ? {} : { usage }),
    ...(kind === 'error' ? { message: errorMessage(response) ?? 'no message' } : {}),
  };
}
