import { isJsonObject } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import { errorMessage, isError, isFlatError } from './completion-chunk.ts';
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
  /** The `item` member of events about one output item. */
  readonly item?: JsonObject;
  /** Place of the event in its stream, where the provider counts. */
  readonly sequence?: number;
  /** The payload is no JSON object. */
  readonly unreadable?: boolean;
  /** For kind `error`: in a form that the SDKs throw on, so that the client has been told. */
  readonly reported?: boolean;
}

/** No quote within a JSON string stands unescaped behind a comma: what fits is a member. */
const SEQUENCE = /,"sequence_number":(\d{1,9})[,}]/;

/** Reads bytes that are one event without nested objects; undefined for anything else, several events included. */
export function readOrdinaryEvent(bytes: Buffer): ResponseEvent | undefined {
  const type = readFlatEvent(bytes);
  return type === undefined || type === 'error' ? undefined : { type, kind: kindOf(type), ...countOf(bytes) };
}

/** Reads one event of a Responses stream. Never throws. */
export function readResponseEvent(event: Buffer): ResponseEvent {
  const ordinary = readOrdinaryEvent(event);
  if (ordinary !== undefined) return ordinary;
  const { event: name, data } = parseEvent(event);
  // Some compatible servers close the stream as chat does; it says nothing here.
  if ((data === '' && name !== 'error') || data.trim() === '[DONE]') return { kind: 'other' };
  const payload = parseObject(data);
  const type = typeof payload?.['type'] === 'string' ? payload['type'] : name;
  const error = errorIn(name, type, payload, data);
  if (error !== undefined) return error;
  if (payload === undefined) return { kind: 'other', unreadable: true };
  const { sequence_number: sequence, item } = payload;
  return {
    ...(type === undefined ? {} : { type }),
    ...(typeof sequence === 'number' ? { sequence } : {}),
    ...(isJsonObject(item) ? { item } : {}),
    ...lifecycle(kindOf(type), payload),
  };
}

/** A failure in a form that other servers give it: an error event or member, a flat error object. */
function errorIn(
  name: string | undefined,
  type: string | undefined,
  payload: JsonObject | undefined,
  data: string,
): ResponseEvent | undefined {
  if (name === 'error' || isError(payload?.['error'])) {
    const error = payload === undefined ? {} : { error: payload };
    return { type: 'error', kind: 'error', reported: true, message: errorMessage(payload) ?? data, ...error };
  }
  if (payload === undefined || type !== undefined || !isFlatError(payload)) return undefined;
  return { kind: 'error', message: errorMessage(payload) ?? 'no message', error: payload };
}

function countOf(event: Buffer): { sequence?: number } {
  const [, digits] = SEQUENCE.exec(event.toString('latin1')) ?? [];
  return digits === undefined ? {} : { sequence: Number(digits) };
}

function kindOf(type: string | undefined): EventKind {
  if (type === undefined) return 'other';
  return KINDS[type] ?? (type.startsWith('response.') ? 'content' : 'other');
}

function lifecycle(kind: EventKind, payload: JsonObject): ResponseEvent {
  const { response } = payload;
  if (!isJsonObject(response)) {
    if (kind !== 'error') return { kind };
    return { kind, reported: true, message: errorMessage(payload) ?? 'no message', error: payload };
  }
  const usage = responseUsage(response['usage']);
  return {
    kind,
    response,
    ...(typeof response['id'] === 'string' ? { id: response['id'] } : {}),
    ...(usage === undefined ? {} : { usage }),
    ...(kind === 'error' ? failure(response) : {}),
  };
}

/** What a response that failed says of it. */
function failure(response: JsonObject): Pick<ResponseEvent, 'reported' | 'message' | 'error'> {
  return { reported: true, message: errorMessage(response) ?? 'no message', error: response };
}
