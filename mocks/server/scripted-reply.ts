import type { DialectFamily } from '../dialects/family.ts';
import type { DialectContext, HeaderList, JsonReply, Reply, StreamEvent } from '../dialects/reply.ts';
import type { Directive } from '../rules/script/answer-input.ts';
import type { FixedReply, ScriptError } from '../rules/script/types.ts';
import { withHeaders } from './faults/effect.ts';

/** The code of the error that says that no rule of a strict script fits. */
export const UNMATCHED = 'no_matching_rule';

function errorOf(error: ScriptError, context: DialectContext, family: DialectFamily): JsonReply {
  const { status, headers = {}, message, type, param, code } = error;
  const usual = family.providerError(status, typeof code === 'string' ? code : undefined);
  const said = {
    message: message ?? usual.message,
    type: type ?? usual.type,
    param: param === undefined ? usual.param : param,
    code: code === undefined ? usual.code : code,
  };
  const reply = family.errorReply(status, said, context);
  return { ...reply, headers: withHeaders(reply.headers, headers) };
}

type FixedEvent = NonNullable<FixedReply['events']>[number];

function eventOf(event: FixedEvent): StreamEvent {
  if (typeof event === 'string') return { bytes: event, tokens: 0, kind: 'content' };
  const data = typeof event.data === 'string' ? event.data : JSON.stringify(event.data);
  const name = event.event === undefined ? '' : `event: ${event.event}\n`;
  return { bytes: `${name}data: ${data.replaceAll('\n', '\ndata: ')}\n\n`, tokens: 1, kind: 'content' };
}

function fixed(reply: FixedReply, context: DialectContext, family: DialectFamily): Reply {
  const { status = 200, headers = {}, body, events } = reply;
  const headed = (type: string): HeaderList => withHeaders(family.successHeaders(context, type), headers);
  if (events !== undefined) {
    return { kind: 'stream', status, headers: headed('text/event-stream; charset=utf-8'), events: events.map(eventOf) };
  }
  if (body === undefined || typeof body === 'string') {
    return { kind: 'json', status, headers: headed('text/plain; charset=utf-8'), body: body ?? '', tokens: 0 };
  }
  return { kind: 'json', status, headers: headed('application/json'), body: JSON.stringify(body, null, 2), tokens: 0 };
}

/** The reply of a rule that does not leave it to the dialect. */
export function directedReply(
  { error, reply }: Directive,
  context: DialectContext,
  family: DialectFamily,
): Reply | undefined {
  if (error !== undefined) return errorOf(error, context, family);
  return reply && fixed(reply, context, family);
}

/** 400 that no client retries: the script and the test do not agree. */
export function unmatched(message: string): Directive {
  const headers = { 'x-should-retry': 'false' };
  return { error: { status: 400, message, type: 'invalid_request_error', code: UNMATCHED, param: null, headers } };
}
