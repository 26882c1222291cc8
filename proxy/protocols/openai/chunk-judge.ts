import {
  errorMessage,
  isError,
  isFlatError,
  objectsOf,
  readChoice,
  readChunk,
  readOrdinary,
} from './completion-chunk.ts';
import { isJsonObject } from '../../core/json.ts';
import { parseObject } from '../../wire/json-object.ts';
import { mayCarrySeal, sealsOfChunk, sealsOfMessage } from './chat-seals.ts';
import { ChoiceTally } from './choice-tally.ts';
import type { Chunk } from './completion-chunk.ts';
import { chatUsage } from './token-usage.ts';
import type { AnswerFacts, StreamJudge, TokenUsage } from '../types.ts';
import { identity, type Identity, incomplete, isWhole } from '../verdict.ts';

/**
 * Judges a stream of chat or legacy completions. Complete: each choice that was seen has content and came to a good end,
 * nothing is an error, unreadable or out of order, and a whole `[DONE]` comes last. Ended: each choice has its finish_reason.
 */
export function judgeChunks(events: readonly Buffer[]): AnswerFacts {
  const judge = new ChunkJudge();
  for (const event of events) judge.add(event);
  return judge.verdict();
}

/** Judges chunks as they come. */
export class ChunkJudge implements StreamJudge {
  readonly #tally = new ChoiceTally();
  #id: string | undefined;
  #usage: TokenUsage | undefined;
  #fault: string | undefined;
  #failure: AnswerFacts | undefined;
  #done = false;
  #before: Buffer | undefined;
  readonly #seals: string[] = [];

  addOrdinary(bytes: Buffer): boolean {
    const chunk = readOrdinary(bytes);
    if (chunk === undefined) return false;
    this.#take(chunk, bytes);
    return true;
  }

  add(event: Buffer): void {
    this.#take(readChunk(event), event);
    if (mayCarrySeal(event)) this.#seals.push(...sealsOfChunk(event));
  }

  #take(chunk: Chunk, event: Buffer): void {
    // What stands behind an error says nothing any more.
    if (this.#failure !== undefined) return;
    if (chunk.kind === 'error') {
      this.#failure = this.#failed(chunk);
      return;
    }
    this.#fault ??= this.#faultOf(chunk, event);
    this.#done ||= chunk.kind === 'end';
    this.#id ??= chunk.id;
    this.#usage = chunk.usage ?? this.#usage;
    this.#before = event;
    this.#tally.add(chunk.choices);
  }

  verdict(): AnswerFacts {
    if (this.#failure !== undefined) return this.#failure;
    const ended = this.#tally.finished;
    const fault = this.#fault ?? this.#tally.fault ?? (this.#done ? undefined : 'the stream ended without [DONE]');
    if (fault === undefined) return goodEnd(this.#tally, this.#known());
    const unmarked = ended && !this.#done ? { unmarked: true as const } : {};
    return incomplete(fault, { ended, ...unmarked, ...this.#known() });
  }

  #failed({ message = '', reported }: Chunk): AnswerFacts {
    const known = reported === true ? { failed: true, ...this.#known() } : this.#known();
    return incomplete(`the stream told of an error: ${message}`, known);
  }

  #known(): Known {
    return { ...identity(this.#id, this.#usage), encryptedItems: this.#seals };
  }

  #faultOf(chunk: Chunk, event: Buffer): string | undefined {
    if (chunk.unreadable === true) return 'an event is not a JSON object';
    if (chunk.kind === 'other') return undefined;
    if (this.#done) return 'events follow [DONE]';
    if (chunk.kind === 'end' && !isWhole(event)) return 'the last event is cut off';
    if (isRepeated(event, this.#before)) return 'an event came twice';
    const { id = this.#id } = chunk;
    return this.#id === undefined || id === this.#id ? undefined : 'the events belong to two answers';
  }
}

/** What is known of an answer, whatever becomes of it. */
type Known = Identity & Pick<AnswerFacts, 'encryptedItems'>;

/** The verdict over choices that have all ended. */
function goodEnd({ doubt, atLimit }: ChoiceTally, known: Known): AnswerFacts {
  if (doubt !== undefined) return incomplete(doubt, { ended: true, ...known });
  if (atLimit) return incomplete('a choice ended at a limit of tokens', { ended: true, atLimit: true, ...known });
  return { complete: true, ended: true, ...known };
}

/**
 * Random letters that OpenAI puts in each chunk: two that are equal to the byte are one, sent twice. Few letters are equal by
 * chance, as equal tokens are that follow one another.
 */
const OBFUSCATION = /"obfuscation":"\w{5,}"/;

function isRepeated(event: Buffer, before: Buffer | undefined): boolean {
  if (before === undefined || event.length !== before.length || !event.equals(before)) return false;
  return OBFUSCATION.test(event.toString('latin1'));
}

/** Judges a unary chat or legacy completion. Complete: each choice has content and a good end. Ended: there are choices. */
export function judgeChoices(body: Buffer): AnswerFacts {
  const object = parseObject(body.toString());
  if (object === undefined) return incomplete('the body is not a JSON object');
  if (isError(object['error']) || isFlatError(object)) {
    return incomplete(`the body tells of an error: ${errorMessage(object) ?? ''}`, { error: object });
  }
  const tally = new ChoiceTally();
  const choices = objectsOf(object['choices']);
  if (choices.length === 0) return incomplete('the body has no choices');
  tally.add(choices.map(readChoice));
  const encryptedItems = choices.flatMap(({ message }) => (isJsonObject(message) ? sealsOfMessage(message) : []));
  const known = { ...identity(object['id'], chatUsage(object['usage'])), encryptedItems };
  if (tally.failed) return incomplete('a choice ended with an error', known);
  if (tally.fault !== undefined) return incomplete(tally.fault, { ended: true, ...known });
  return goodEnd(tally, known);
}
