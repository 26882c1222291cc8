import { ProxyError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { isRunning, type ResponseRecord } from '../responses-state/record.ts';
import { parseObject } from '../wire/json-object.ts';
import { parseEvent } from '../wire/sse-event.ts';
import type { RequestContext } from './context.ts';
import { answerHeaders } from './headers.ts';

/** Events that come, or have all come. */
export interface EventLog {
  readonly events: readonly Buffer[];
  readonly isOver: boolean;
  watch(listener: () => void): () => void;
}

/** Answers with an object that the proxy has itself, and these headers. */
export function sendObject(
  context: RequestContext,
  object: JsonObject,
  more: readonly (readonly [string, string])[] = [],
): void {
  const body = Buffer.from(JSON.stringify(object));
  context.status = 200;
  const headers = answerHeaders(context, [['content-type', 'application/json'], ...more]);
  context.responder.head(200, [...headers, 'content-length', String(body.length)]);
  context.responder.end(body);
}

/** Answers with the events behind the numbered one, at the client's pace, until their end or until the client leaves. */
export function sendEvents(context: RequestContext, log: EventLog, after: number): Promise<void> {
  const { responder } = context;
  context.status = 200;
  responder.head(200, answerHeaders(context, [['content-type', 'text/event-stream; charset=utf-8']]));
  return new Promise((resolve) => {
    let at = 0;
    let isBlocked = false;
    const finish = (): void => {
      stop();
      resolve();
    };
    const send = (): void => {
      while (!isBlocked && at < log.events.length) {
        const event = log.events[at] as Buffer;
        at += 1;
        if (numberOf(event) > after) isBlocked = !responder.write(event);
      }
      if (!log.isOver || at < log.events.length) return;
      responder.end();
      finish();
    };
    const stop = log.watch(send);
    responder.onDrain(() => {
      isBlocked = false;
      send();
    });
    context.attachment = {
      resume: send,
      leave: finish,
      interrupt: () => {
        responder.cut();
        finish();
      },
    };
    if (context.left) finish();
    else send();
  });
}

/** The events of a response that another process has made; it has ended. */
export function keptLog({ events }: ResponseRecord): EventLog {
  const all = (events ?? []).map((event) => Buffer.from(event));
  return { events: all, isOver: true, watch: () => () => undefined };
}

/** The number behind which the events of a stream are asked for. Throws ProxyError where they are not to be had. */
export function startingAfter(query: URLSearchParams, streams: boolean): number {
  if (!streams) {
    const message = 'Streaming a stored response requires that it was created with background=true and stream=true.';
    throw new ProxyError('invalid_value', message, { param: 'stream' });
  }
  const after = Number(query.get('starting_after') ?? -1);
  if (Number.isInteger(after) && after >= -1) return after;
  throw new ProxyError('invalid_type', "Invalid type for 'starting_after': expected an integer.", {
    param: 'starting_after',
  });
}

/** Whether its events can be had now, or later. */
export function mayStream(record: ResponseRecord): boolean {
  return record.events !== undefined || (record.background && isRunning(record));
}

function numberOf(event: Buffer): number {
  const number = parseObject(parseEvent(event).data)?.['sequence_number'];
  return typeof number === 'number' ? number : 0;
}
