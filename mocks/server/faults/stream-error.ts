import { errorJson, errorReply } from '../../dialects/errors.ts';
import type { ProviderError } from '../../dialects/errors.ts';
import type { StreamEvent } from '../../dialects/reply.ts';
import { deliveryOf } from '../delivery.ts';
import { providerError } from '../provider-errors.ts';
import type { FaultEffect } from './effect.ts';

function closing(bytes: string): StreamEvent {
  return { bytes, tokens: 0, kind: 'close' };
}

/** Chat and completions: a data line with the error object, then `[DONE]`. */
function chatError(error: ProviderError): readonly StreamEvent[] {
  return [closing(`data: ${errorJson(error)}\n\n`), closing('data: [DONE]\n\n')];
}

function responseOf(event: StreamEvent | undefined): Record<string, unknown> | undefined {
  const data = event?.bytes.split('\ndata: ')[1];
  if (data === undefined) return undefined;
  const parsed = JSON.parse(data) as { readonly response?: Record<string, unknown> };
  return parsed.response;
}

/** Responses: the nested `error` event, and `response.failed` when the response was created before. */
function responsesError(error: ProviderError, sent: number, created: StreamEvent | undefined): readonly StreamEvent[] {
  const fields = { type: error.type, code: error.code, message: error.message, param: error.param };
  const first = { type: 'error', sequence_number: sent, error: fields };
  const events = [closing(`event: error\ndata: ${JSON.stringify(first)}\n\n`)];
  const response = responseOf(created);
  if (response !== undefined) {
    const failure = { code: error.code ?? error.type, message: error.message };
    const failed = { ...response, status: 'failed', error: failure };
    const last = { type: 'response.failed', response: failed, sequence_number: sent + 1 };
    events.push(closing(`event: response.failed\ndata: ${JSON.stringify(last)}\n\n`));
  }
  return events;
}

function* failing(
  events: Iterable<StreamEvent>,
  after: number,
  error: ProviderError,
  responses: boolean,
): Generator<StreamEvent> {
  let created: StreamEvent | undefined;
  let sent = 0;
  if (after > 0) {
    for (const event of events) {
      created ??= event;
      yield event;
      sent += 1;
      if (sent === after) break;
    }
  }
  yield* responses ? responsesError(error, sent, created) : chatError(error);
}

export const errorFirst: FaultEffect<'error-first'> = (fault, { normal, context, operation }) => {
  const error = providerError(500, fault.error);
  const delivery = normal();
  if (delivery.wholeTokens !== undefined) return deliveryOf(errorReply(500, error, context));
  const responses = operation?.startsWith('responses') ?? false;
  return { ...delivery, events: failing(delivery.events, fault.afterEvents ?? 0, error, responses) };
};
