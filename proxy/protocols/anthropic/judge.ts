import type { JsonObject } from '../../core/json.ts';
import { parseObject } from '../../wire/json-object.ts';
import { sealName } from '../digest.ts';
import type { AnswerFacts, StreamJudge } from '../types.ts';
import { identity, type Identity, incomplete, isWhole } from '../verdict.ts';
import {
  answers,
  errorMessage,
  messageUsage,
  type MessageEvent,
  objectOf,
  readMessageEvent,
  readOrdinaryDelta,
} from './event.ts';
import { sealOf } from './request.ts';

/**
 * Reasons to stop that are good whatever was asked. Every other one (`refusal`, `pause_turn`, words that do not exist yet)
 * is an end that clients accept and no answer to keep.
 */
const GOOD = new Set(['end_turn', 'tool_use', 'stop_sequence']);
const AT_LIMIT = 'max_tokens';

/**
 * Judges a message stream. Complete: `message_start`, blocks one after the other of which one answers, a good stop reason,
 * and a whole `message_stop` last. Ended: there is a reason to stop, and a `message_stop`.
 */
export function judgeMessageStream(events: readonly Buffer[]): AnswerFacts {
  const judge = new MessageJudge();
  for (const event of events) judge.add(event);
  return judge.verdict();
}

/** Judges the events of a message as they come. */
export class MessageJudge implements StreamJudge {
  #id: string | undefined;
  #started = false;
  #done = false;
  /** Index of the block that is open, and of the next one. */
  #open: number | undefined;
  #next = 0;
  #openType: unknown;
  /** The open block is a call, and nothing of its arguments has come: even one without any has an empty piece. */
  #awaitsInput = false;
  #lastType: unknown;
  #answers = false;
  #stop: unknown = null;
  #usage: JsonObject = {};
  /** Whether usage is final: that of the start knows nothing of the output. */
  #counted = false;
  readonly #signatures: string[] = [];
  #signature = '';
  #fault: string | undefined;
  #failure: AnswerFacts | undefined;

  addOrdinary(bytes: Buffer): boolean {
    const facts = readOrdinaryDelta(bytes);
    if (facts === undefined) return false;
    this.#take(facts, bytes);
    return true;
  }

  add(event: Buffer): void {
    this.#take(readMessageEvent(event), event);
  }

  verdict(): AnswerFacts {
    if (this.#failure !== undefined) return this.#failure;
    const known = this.#known();
    if (!this.#done) return incomplete(this.#fault ?? 'the stream ended without message_stop', known);
    if (this.#stop === null) return incomplete(this.#fault ?? 'the stream ended without a stop reason', known);
    const whole = { ...known, encryptedItems: this.#signatures.map((signature) => sealName(signature)) };
    const facts = stopVerdict(this.#stop, this.#answers, whole);
    // A call that was cut off at the limit may lack the end of its arguments.
    const cut = facts.atLimit === true && this.#lastType === 'tool_use';
    const fault = this.#fault ?? (cut ? 'a tool call ended at the limit of tokens' : undefined);
    return fault === undefined ? facts : incomplete(fault, { ended: true, ...whole });
  }

  #take(facts: MessageEvent, event: Buffer): void {
    // What stands behind an error says nothing any more.
    if (this.#failure !== undefined) return;
    if (facts.kind === 'error') {
      const known = this.#known();
      const reason = `the stream told of an error: ${facts.message ?? ''}`;
      this.#failure = incomplete(reason, facts.reported === true ? { failed: true, ...known } : known);
      return;
    }
    this.#fault ??= this.#faultOf(facts, event);
    if (facts.answers === true) this.#answers = true;
    if (facts.type === 'content_block_delta') this.#awaitsInput = false;
    if (facts.payload !== undefined) this.#note(facts, facts.payload);
    if (facts.kind === 'end') this.#done = true;
  }

  #note({ type, index = this.#next }: MessageEvent, payload: JsonObject): void {
    if (type === 'message_start') {
      const { id, usage } = objectOf(payload['message']);
      this.#started = true;
      this.#id ??= typeof id === 'string' ? id : undefined;
      this.#usage = objectOf(usage);
    } else if (type === 'content_block_start') {
      const block = objectOf(payload['content_block']);
      this.#open = index;
      this.#next = index + 1;
      this.#openType = block['type'];
      this.#awaitsInput = block['type'] === 'tool_use' && Object.keys(objectOf(block['input'])).length === 0;
      this.#signature = sealOf(block);
    } else if (type === 'content_block_delta') {
      const { signature } = objectOf(payload['delta']);
      if (typeof signature === 'string') this.#signature += signature;
    } else if (type === 'content_block_stop') {
      if (this.#signature !== '') this.#signatures.push(this.#signature);
      this.#signature = '';
      this.#lastType = this.#openType;
      this.#open = undefined;
    } else if (type === 'message_delta') {
      const { stop_reason: stop = null } = objectOf(payload['delta']);
      this.#stop = stop ?? this.#stop;
      this.#usage = { ...this.#usage, ...objectOf(payload['usage']) };
      this.#counted ||= 'usage' in payload;
    }
  }

  #faultOf(facts: MessageEvent, event: Buffer): string | undefined {
    const { kind, type, unreadable } = facts;
    if (unreadable === true) return 'an event is not a JSON object';
    if (kind === 'other' || type === 'ping') return undefined;
    if (this.#done) return 'events follow message_stop';
    if (type === 'message_start') return this.#started ? 'the stream begins twice' : undefined;
    if (!this.#started) return 'the stream does not begin with message_start';
    return kind === 'end' ? this.#faultOfEnd(event) : this.#disorder(facts);
  }

  #faultOfEnd(event: Buffer): string | undefined {
    if (this.#open !== undefined) return 'a block was not closed';
    return isWhole(event) ? undefined : 'the last event is cut off';
  }

  #disorder({ type, index }: MessageEvent): string | undefined {
    if (type === 'content_block_start') {
      return this.#open === undefined && index === this.#next ? undefined : 'the blocks do not follow one another';
    }
    if (type !== 'content_block_delta' && type !== 'content_block_stop') return undefined;
    if (type === 'content_block_stop' && this.#awaitsInput) return 'the arguments of a tool call are missing';
    return index === this.#open ? undefined : 'an event belongs to no open block';
  }

  #known(): Identity {
    return identity(this.#id, this.#counted ? messageUsage(this.#usage) : undefined);
  }
}

/** The verdict over a message that has ended. */
function stopVerdict(stop: unknown, hasAnswer: boolean, known: Partial<AnswerFacts>): AnswerFacts {
  if (!hasAnswer) return incomplete('the message is empty', { ended: true, ...known });
  if (stop === AT_LIMIT) {
    return incomplete('the message ended at a limit of tokens', { ended: true, atLimit: true, ...known });
  }
  if (typeof stop === 'string' && GOOD.has(stop)) {
    return { complete: true, ended: true, encryptedItems: [], ...known };
  }
  return incomplete(`the message ended with '${String(stop).slice(0, 40)}'`, { ended: true, ...known });
}

/** Judges a unary message. Complete: it has content that answers and a good stop reason. Ended: it is a message. */
export function judgeMessage(body: Buffer): AnswerFacts {
  const message = parseObject(body.toString());
  if (message === undefined) return incomplete('the body is not a JSON object');
  if (message['type'] === 'error' || (message['error'] ?? null) !== null) {
    return incomplete(`the body tells of an error: ${errorMessage(message) ?? ''}`, { error: message });
  }
  const { content, id, stop_reason: stop = null, usage } = message;
  if (!Array.isArray(content)) return incomplete('the body is no message: it has no content');
  const blocks = content.map(objectOf);
  const seals = blocks.map(sealOf).filter((seal) => seal !== '');
  return stopVerdict(
    stop,
    blocks.some((block) => answers(block)),
    { ...identity(id, messageUsage(usage)), encryptedItems: seals.map((seal) => sealName(seal)) },
  );
}
