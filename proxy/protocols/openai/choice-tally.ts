import type { ChunkChoice } from './completion-chunk.ts';

/**
 * Ends of a choice that are good whatever was asked: the model had said all (`eos` in the words of some servers), or calls
 * tools. Every other word (content_filter, insufficient_system_resource, words that do not exist yet) is an end that clients
 * accept and no answer to keep.
 */
const GOOD = new Set(['stop', 'tool_calls', 'function_call', 'eos']);
const AT_LIMIT = 'length';
const FAILED = 'error';

interface Tallied {
  end: string | undefined;
  answered: boolean;
}

/** Which choices were seen, which of them carry anything, and how they came to their ends. */
export class ChoiceTally {
  readonly #choices = new Map<number, Tallied>();
  #ended = 0;
  #disorder: string | undefined;

  add(choices: readonly ChunkChoice[]): void {
    for (const choice of choices) this.#one(choice);
  }

  get finished(): boolean {
    return this.#choices.size > 0 && this.#choices.size === this.#ended;
  }

  get failed(): boolean {
    return this.#some((end) => end === FAILED);
  }

  /** What clients must not take for the whole answer. */
  get fault(): string | undefined {
    return this.finished ? undefined : 'a choice has no finish_reason';
  }

  /** Why an answer that has ended is none to keep. */
  get doubt(): string | undefined {
    let isEmpty = false;
    for (const { end, answered } of this.#choices.values()) {
      if (end !== undefined && !GOOD.has(end) && end !== AT_LIMIT) return `a choice ended with '${end.slice(0, 40)}'`;
      isEmpty ||= !answered;
    }
    return isEmpty ? 'a choice is empty' : this.#disorder;
  }

  get atLimit(): boolean {
    return this.#some((end) => end === AT_LIMIT);
  }

  #one({ index, finish, answers }: ChunkChoice): void {
    const known = this.#choices.get(index);
    if (known === undefined) {
      this.#choices.set(index, { end: finish, answered: answers === true });
      if (finish !== undefined) this.#ended += 1;
      return;
    }
    const { end } = known;
    // An empty chunk behind the end, or the same end again, is how some gateways pass on usage.
    if (end !== undefined && answers === true) this.#disorder ??= 'a choice goes on behind its finish_reason';
    if (end !== undefined && finish !== undefined && finish !== end) this.#disorder ??= 'a choice ended twice';
    if (answers === true) known.answered = true;
    if (end !== undefined || finish === undefined) return;
    known.end = finish;
    this.#ended += 1;
  }

  #some(isMeant: (end: string | undefined) => boolean): boolean {
    for (const { end } of this.#choices.values()) if (isMeant(end)) return true;
    return false;
  }
}
