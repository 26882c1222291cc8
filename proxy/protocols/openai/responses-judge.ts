import { isJsonObject } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import { errorMessage, isError, isFlatError, objectsOf } from './completion-chunk.ts';
import { parseObject } from '../../wire/json-object.ts';
import { encryptedItemIds } from './request-body.ts';
import { readOrdinaryEvent, readResponseEvent } from './responses-event.ts';
import type { ResponseEvent } from './responses-event.ts';
import { responseUsage } from './token-usage.ts';
import type { AnswerFacts, StreamJudge } from '../types.ts';
import { identity, incomplete, isWhole } from '../verdict.ts';

/**
 * Judges a stream. Complete: its last event is a whole `response.completed` with that status and output, none is an error,
 * unreadable, missing or there twice. Ended: there is a terminal event that is no failure.
 */
export function judgeResponseStream(events: readonly Buffer[]): AnswerFacts {
  const judge = new EventJudge();
  for (const event of events) judge.add(event);
  return judge.verdict();
}

/** Judges Responses events as they come. */
export class EventJudge implements StreamJudge {
  #last: AnswerFacts | undefined;
  #fault: string | undefined;
  #failure: AnswerFacts | undefined;
  #id: string | undefined;
  #sequence: number | undefined;
  /** Items that say something and were seen whole. */
  #items = 0;

  addOrdinary(bytes: Buffer): boolean {
    const facts = readOrdinaryEvent(bytes);
    if (facts === undefined) return false;
    this.#take(facts, bytes);
    return true;
  }

  add(event: Buffer): void {
    this.#take(readResponseEvent(event), event);
  }

  #take(facts: ResponseEvent, event: Buffer): void {
    // What stands behind an error says nothing any more.
    if (this.#failure !== undefined) return;
    if (facts.kind === 'error') {
      this.#failure = this.#failed(facts);
      return;
    }
    this.#id ??= facts.id;
    this.#fault ??= faultOf(facts, this.#last !== undefined) ?? disorder(facts, this.#sequence);
    this.#sequence = facts.sequence ?? this.#sequence;
    if (facts.type === 'response.output_item.done' && facts.item && saysSomething(facts.item)) this.#items += 1;
    if (facts.kind === 'end') this.#last ??= judgeTerminal(facts, event, this.#items);
  }

  verdict(): AnswerFacts {
    if (this.#failure !== undefined) return this.#failure;
    const last = this.#last;
    if (last === undefined) {
      const reason = this.#fault ?? 'the stream ended without response.completed';
      return incomplete(reason, identity(this.#id, undefined));
    }
    return this.#fault === undefined ? last : { ...last, complete: false, reason: this.#fault };
  }

  #failed({ message = '', reported, id, usage }: ResponseEvent): AnswerFacts {
    const known = identity(this.#id ?? id, usage);
    return incomplete(
      `the stream told of an error: ${message}`,
      reported === true ? { failed: true, ...known } : known,
    );
  }
}

function faultOf(facts: ResponseEvent, ended: boolean): string | undefined {
  if (facts.unreadable === true) return 'an event is not a JSON object';
  return ended && facts.kind !== 'other' ? 'events follow the terminal one' : undefined;
}

/** The provider's numbers, where it has them, go up one by one. */
function disorder({ sequence }: ResponseEvent, before: number | undefined): string | undefined {
  if (sequence === undefined || before === undefined || sequence === before + 1) return undefined;
  return sequence > before ? 'an event is missing' : 'an event came twice or too late';
}

/** `items`: how many that say something were seen whole before; some servers do not repeat them at the end. */
function judgeTerminal({ type, response }: ResponseEvent, event: Buffer, items: number): AnswerFacts {
  if (response === undefined) return incomplete(`${type} carries no response`);
  const facts = judge(response, items);
  if (type !== 'response.completed') return { ...facts, complete: false, reason: `the stream ended with ${type}` };
  return isWhole(event) ? facts : { ...facts, complete: false, reason: 'the last event is cut off' };
}

/**
 * Judges a unary response. Complete: its status is `completed`. Ended: any other status too, such as `incomplete` or, in
 * the background, `queued`; a failure is no end.
 */
export function judgeResponse(body: Buffer): AnswerFacts {
  const response = parseObject(body.toString());
  if (response === undefined) return incomplete('the body is not a JSON object');
  if (isFlatError(response)) {
    return incomplete(`the body tells of an error: ${errorMessage(response) ?? ''}`, { error: response });
  }
  return judge(response, 0);
}

function judge(response: JsonObject, items: number): AnswerFacts {
  const { id, status, error, output, usage } = response;
  const known = { ...identity(id, responseUsage(usage)), encryptedItems: encryptedItemIds(output) };
  if (isError(error) || status === 'failed') {
    return incomplete(`the response tells of an error: ${errorMessage(response) ?? ''}`, { error: response, ...known });
  }
  if (typeof status !== 'string') return incomplete('the body is no response: it has no status', known);
  if (status !== 'completed') return incomplete(`the status is ${status}, not completed`, { ended: true, ...known });
  if (items === 0 && Array.isArray(output) && !output.some((item) => isJsonObject(item) && saysSomething(item))) {
    return incomplete('the output is empty', { ended: true, ...known });
  }
  return { complete: true, ended: true, ...known };
}

/** Whether an output item is more than reasoning or a message without text. */
function saysSomething({ type, content }: JsonObject): boolean {
  if (type === 'reasoning') return false;
  return type !== 'message' || objectsOf(content).some((part) => part['text'] !== '' && part['refusal'] !== '');
}
