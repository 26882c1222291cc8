export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

export interface ScriptedToolCall {
  readonly name: string;
  /** JSON text as it goes on the wire, or a value that is made into it. */
  readonly arguments: string | object;
}

/** Tokens that a script claims instead of the counted ones. */
export interface ScriptedUsage {
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly cachedTokens?: number | undefined;
  readonly reasoningTokens?: number | undefined;
}

/** An answer given by a rule. Its text is taken as it is: `stop` and token limits do not shorten it. */
export interface ScriptedAnswer {
  readonly text?: string | undefined;
  readonly reasoning?: string | undefined;
  readonly refusal?: string | undefined;
  readonly toolCalls?: readonly ScriptedToolCall[] | undefined;
  readonly finishReason?: FinishReason | undefined;
  readonly usage?: ScriptedUsage | undefined;
  /** Exact split of the text into deltas; without `text` their concatenation is the text. */
  readonly chunks?: readonly string[] | undefined;
  /** Responses only: output items as they go on the wire, before the text; ids are made where they are missing. */
  readonly items?: readonly object[] | undefined;
  /** Responses only: the answer begins and then fails, `status` is `failed`. */
  readonly failure?: { readonly code: string; readonly message: string } | undefined;
  /** Embeddings only: the vector of every input, or one for each input, of which the last comes again. */
  readonly embedding?: readonly number[] | readonly (readonly number[])[] | undefined;
}
