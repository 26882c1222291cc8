import type { ChunkChoice } from './completion-chunk.ts';

/**
 * Ends of a choice that are good whatever was asked: the model had said all (`eos` in the words of some servers), or calls
 * tools. Every other word (content_filter, insufficient_system_resource, words that do not exist yet) is an end that clients
 * accept and no answer to keep.
 */
const GOOD = new Set(['stop', 'tool_calls', 'function_call', 'eos']);
const AT_LIMIT = 'length';
const FAILED = 'error';

/** Which choices were seen, which of them carry anything, and how they came to their ends. */
export class ChoiceTally {
  readonly #seen = new Set<number>();
  readonly #answered = new Set<number>();
  readonly #ends = new Map<number, string>();
  #disorder: string | undefined;

  add(choices: readonly ChunkChoice[]): void {
    for (const { index, finish, answers } of choices) {
      const end = this.#ends.get(index);
      // An empty chunk behind the end, or the same end again, is how some gateways pass on usage.
      if (end !== undefined && answers === true) this.#disorder ??= 'a choice goes on behind its finish_reason';
      if (end !== undefined && finish !== undefined && finish !== end) this.#disorder ??= 'a choice ended twice';
      this.#seen.add(index);
      if (answers === true) this.#answered.add(index);
      if (end === undefined && finish !== undefined) this.#ends.set(index, finish);
    }
  }

  get finished(): boolean {
    return this.#seen.size > 0 && this.#seen.size === this.#ends.size;
  }

  get failed(): boolean {
    return this.#all().includes(FAILED);
  }

  /** What clients must not take for the whole answer. */
  get fault(): string | undefined {
    return this.finished ? undefined : 'a choice has no finish_reason';
  }

  /** Why an answer that has ended is none to keep. */
  get doubt(): string | undefined {
    const bad = this.#all().find((end) => !GOOD.has(end) && end !== AT_LIMIT);
    if (bad !== undefined) return `a choice ended with '${bad.slice(0, 40)}'`;
    if (this.#answered.size < this.#seen.size) return 'a choice is empty';
    return this.#disorder;
  }

  get atLimit(): boolean {
    return this.#all().includes(AT_LIMIT);
  }

  #all(): string[] {
    return [...this.#ends.values()];
  }
}
