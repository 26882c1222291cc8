/** Tokens of a whole answer. */
export interface AnswerUsage {
  readonly input: number;
  /** Includes reasoning. */
  readonly output: number;
  /** Thought before the first visible token. */
  readonly reasoning?: number | undefined;
}

export interface BilledAnswer {
  readonly input: number;
  readonly output: number;
}

interface Progress {
  readonly tokensOut: number;
  readonly whole: boolean;
}

/**
 * What a provider bills for an answer: all of it when it was told to the end; of a stream that was broken off, what was
 * generated until then; of an answer that is not streamed, everything, because it was generated before its head went out.
 */
export function billedFor(usage: AnswerUsage, { tokensOut, whole }: Progress, stream: boolean): BilledAnswer {
  const { input, output, reasoning = 0 } = usage;
  if (whole || !stream) return { input, output };
  const generated = tokensOut === 0 ? 0 : tokensOut + reasoning;
  return { input, output: Math.min(output, generated) };
}
