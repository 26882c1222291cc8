import type { JsonObject } from '../core/json.ts';
import type { Citation, Seal } from './conversation.ts';

/** Why an answer ended. */
export type StopCause =
  | 'stop'
  | 'stop_sequence'
  | 'length'
  | 'context_length'
  | 'tool_calls'
  | 'filter'
  | 'refusal'
  | 'pause';

/** Tokens of a whole answer. `input` includes what was read from and written to a cache; `output` includes reasoning. */
export interface NeutralUsage {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  readonly reasoning?: number;
}

/**
 * What an answer says, one step after the other. Blocks of one choice follow each other in the order in which they begin, and carry
 * their ordinal: calls may come interleaved. A whole answer is the same steps with one `…-delta` a block.
 */
export type Step =
  | {
      readonly kind: 'start';
      readonly id?: string;
      readonly model?: string;
      readonly created?: number;
      readonly usage?: NeutralUsage;
    }
  | { readonly kind: 'text-start'; readonly block: number; readonly choice: number }
  | {
      readonly kind: 'text-delta';
      readonly block: number;
      readonly text: string;
      readonly logprobs?: readonly unknown[];
    }
  | { readonly kind: 'citation'; readonly block: number; readonly citation: Citation }
  | { readonly kind: 'refusal-delta'; readonly block: number; readonly choice: number; readonly text: string }
  | { readonly kind: 'reasoning-start'; readonly block: number; readonly choice: number }
  | { readonly kind: 'reasoning-delta'; readonly block: number; readonly text: string }
  /** Seals the block; for a redacted thought it is all there is. */
  | { readonly kind: 'seal'; readonly block: number; readonly seal: Seal; readonly redacted?: true }
  /** An empty `id`: the endpoint gave none, and the writer makes one. */
  | {
      readonly kind: 'call-start';
      readonly block: number;
      readonly choice: number;
      readonly id: string;
      readonly name: string;
      readonly custom?: true;
    }
  | { readonly kind: 'call-delta'; readonly block: number; readonly input: string }
  | { readonly kind: 'block-end'; readonly block: number }
  /** `native` is the endpoint's own word. */
  | {
      readonly kind: 'finish';
      readonly choice: number;
      readonly cause: StopCause;
      readonly native?: string;
      readonly stopSequence?: string;
    }
  | { readonly kind: 'usage'; readonly usage: NeutralUsage; readonly serviceTier?: string }
  /** The endpoint said that it failed: the answer ends here, without a finish. */
  | {
      readonly kind: 'error';
      readonly message: string;
      readonly type?: string;
      readonly code?: string;
      readonly status?: number;
    }
  /** The terminal mark of the endpoint's protocol was seen. */
  | { readonly kind: 'end' };

/** Reads an endpoint's answer. Never throws: what it cannot read is an `error` step. */
export interface AnswerReader {
  /** Takes one whole event of a stream (its `event` name where there is one, and its data). */
  event(name: string | undefined, data: string): readonly Step[];
  /**
   * The stream has come to a clean end (its last chunk, its length). Says `end`, and what stands before it, where the
   * answer is whole although no terminal mark was seen; else nothing.
   */
  end(): readonly Step[];
  /** Takes a whole unary body. Always ends with `end`, unless it is an `error`. */
  body(body: Buffer): readonly Step[];
}

/** What a request's writer changed that the reader of its answer has to change back. */
export interface AnswerHints {
  /** A function that was forced to get structured output: its arguments are the text of the answer. */
  readonly formatTool?: string;
}

/** Writes the client's answer. */
export interface AnswerWriter {
  /** Whole events (with their blank lines, several in one buffer or each in its own) that tell of these steps; none is a possible answer. */
  events(steps: readonly Step[]): readonly Buffer[];
  /** The whole unary answer, of all steps of a complete answer; of an `error` step among them, the family's error body. */
  body(steps: readonly Step[]): Buffer;
}

/** What an answer's writer needs to know of the request and the proxy. */
export interface AnswerContext {
  /** Model as the client named it; written where the endpoint names none. */
  readonly model: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Makes ids of the client's form: `alnum(24)`. */
  readonly random: { alnum(length: number): string };
  /** Chat: whether the usage chunk is written. */
  readonly includeUsage: boolean;
  /** The client's request: Responses repeat much of it. */
  readonly request: JsonObject;
  /** Gemini: the stream is written as a JSON array instead of server-sent events. */
  readonly array?: boolean;
  /** Id of the answer, where the proxy keeps it under one; else the writer makes one. */
  readonly id?: string;
}
