import { errorMessage, isError, objectsOf, readChoice, readChunk } from './completion-chunk.ts';
import { parseObject } from '../../wire/json-object.ts';
import type { Chunk, ChunkChoice } from './completion-chunk.ts';
import { chatUsage } from './token-usage.ts';
import type { AnswerFacts, TokenUsage } from '../types.ts';
import { identity, incomplete, isWhole } from './verdict.ts';

/**
 * Judges a stream of chat or legacy completions. Complete: each choice that was seen has its finish_reason, nothing is an
 * error or unreadable, and a whole `[DONE]` comes last. Ended: each choice has its finish_reason.
 */
export function judgeChunks(events: readonly Buffer[]): AnswerFacts {
  const tally = new ChoiceTally();
  let id: string | undefined;
  let usage: TokenUsage | undefined;
  let fault: string | undefined;
  let done = false;
  for (const event of events) {
    const chunk = readChunk(event);
    if (chunk.kind === 'error') {
      const reason = `the stream told of an error: ${chunk.message ?? ''}`;
      return incomplete(reason, { failed: true, ...identity(id, usage) });
    }
    fault ??= faultOf(chunk, event, done);
    done ||= chunk.kind === 'end';
    id ??= chunk.id;
    usage = chunk.usage ?? usage;
    tally.add(chunk.choices);
  }
  fault ??= tally.fault ?? (done ? undefined : 'the stream ended without [DONE]');
  const known = identity(id, usage);
  if (fault !== undefined) return incomplete(fault, { ended: tally.finished, ...known });
  return { complete: true, ended: true, ...known, encryptedItems: [] };
}

function faultOf(chunk: Chunk, event: Buffer, done: boolean): string | undefined {
  if (chunk.unreadable === true) return 'an event is not a JSON object';
  if (chunk.kind === 'other') return undefined;
  if (done) return 'events follow [DONE]';
  return chunk.kind === 'end' && !isWhole(event) ? 'the last event is cut off' : undefined;
}

/** Which choices were seen and which of them came to their end. */
class ChoiceTally {
  readonly #seen = new Set<number>();
  readonly #finished = new Set<number>();
  #failed = false;

  add(choices: readonly ChunkChoice[]): void {
    for (const { index, finish } of choices) {
      this.#seen.add(index);
      if (finish !== undefined) this.#finished.add(index);
      this.#failed ||= finish === 'error';
    }
  }

  get finished(): boolean {
    return this.#seen.size > 0 && this.#seen.size === this.#finished.size;
  }

  get fault(): string | undefined {
    if (this.#failed) return 'a choice ended with an error';
    return this.finished ? undefined : 'a choice has no finish_reason';
  }
}

/** Judges a unary chat or legacy completion. Complete: each choice has its finish_reason. Ended: there are choices. */
export function judgeChoices(body: Buffer): AnswerFacts {
  const object = parseObject(body.toString());
  if (object === undefined) return incomplete('the body is not a JSON object');
  if (isError(object['error'])) return incomplete(`the body tells of an error: ${errorMessage(object) ?? ''}`);
  const tally = new ChoiceTally();
  const choices = objectsOf(object['choices']);
  if (choices.length === 0) return incomplete('the body has no choices');
  tally.add(choices.map(readChoice));
  const known = identity(object['id'], chatUsage(object['usage']));
  if (tally.fault !== undefined) return incomplete(tally.fault, { ended: true, ...known });
  return { complete: true, ended: true, ...known, encryptedItems: [] };
}
