import type { PurgeMark } from '../../cache/store.ts';
import type { Json } from '../../core/json.ts';
import type { AnswersLists } from '../../protocols/types.ts';

/** An input of a list that is not in the cache. */
export interface MissingPart {
  readonly key: string;
  readonly input: Json;
  readonly mark: PurgeMark;
}

/** A list of inputs of which some are asked for. */
export interface PartsState {
  readonly lists: AnswersLists;
  /** Keys of the inputs, in the client's order. */
  readonly keys: readonly string[];
  /** Stored answers by key. */
  readonly known: Map<string, Buffer>;
  /** What is asked for, in this order. */
  readonly missing: readonly MissingPart[];
  /** Their answers are stored. */
  readonly stores: boolean;
}
