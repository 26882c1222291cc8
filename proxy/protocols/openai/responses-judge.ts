import type { JsonObject } from '../../core/json.ts';
import { errorMessage, isError } from './completion-chunk.ts';
import { parseObject } from '../../wire/json-object.ts';
import { encryptedItemIds } from './request-body.ts';
import { readResponseEvent } from './responses-event.ts';
import type { ResponseEvent } from './responses-event.ts';
import { responseUsage } from './token-usage.ts';
import type { AnswerFacts } from '../types.ts';
import { identity, incomplete, isWhole } from './verdict.ts';

/**
 * Judges a stream. Complete: its last event is a whole `response.completed` with that status, none is an error or
 * unreadable. Ended: there is a terminal event that is no failure.
 */
export function judgeResponseStream(events: readonly Buffer[]): AnswerFacts {
  let last: AnswerFacts | undefined;
  let fault: string | undefined;
  let id: string | undefined;
  for (const event of events) {
    const facts = readResponseEvent(event);
    id ??= facts.id;
    if (facts.kind === 'error') {
      return incomplete(`the stream told of an error: ${facts.message ?? ''}`, {
        failed: true,
        ...identity(id, facts.usage),
      });
    }
    fault ??= faultOf(facts, last !== undefined);
    if (facts.kind === 'end') last ??= judgeTerminal(facts, event);
  }
  if (last === undefined)
    return incomplete(fault ?? 'the stream ended without response.completed', identity(id, undefined));
  return fault === undefined ? last : { ...last, complete: false, reason: fault };
}

function faultOf(facts: ResponseEvent, ended: boolean): string | undefined {
  if (facts.unreadable === true) return 'an event is not a JSON object';
  return ended && facts.kind !== 'other' ? 'events follow the terminal one' : undefined;
}

function judgeTerminal({ type, response }: ResponseEvent, event: Buffer): AnswerFacts {
  if (response === undefined) return incomplete(`${type} carries no response`);
  const facts = judge(response);
  if (type !== 'response.completed') return { ...facts, complete: false, reason: `the stream ended with ${type}` };
  return isWhole(event) ? facts : { ...facts, complete: false, reason: 'the last event is cut off' };
}

/**
 * Judges a unary response. Complete: its status is `completed`. Ended: any other status too, such as `incomplete` or, in
 * the background, `queued`; a failure is no end.
 */
export function judgeResponse(body: Buffer): AnswerFacts {
  const response = parseObject(body.toString());
  return response === undefined ? incomplete('the body is not a JSON object') : judge(response);
}

function judge(response: JsonObject): AnswerFacts {
  const { id, status, error, output, usage } = response;
  const known = { ...identity(id, responseUsage(usage)), encryptedItems: encryptedItemIds(output) };
  if (isError(error) || status === 'failed') {
    return incomplete(`the response tells of an error: ${errorMessage(response) ?? ''}`, known);
  }
  if (typeof status !== 'string') return incomplete('the body is no response: it has no status', known);
  if (status !== 'completed') return incomplete(`the status is ${status}, not completed`, { ended: true, ...known });
  return { complete: true, ended: true, ...known };
}
