/** What a rule may ask besides the body. */
export interface Surroundings {
  /** The model of the request, where it does not stand in the body. */
  readonly model?: string | undefined;
  /** Lowercase names. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Only these models exist; absent: those the provider has. */
  readonly models?: readonly string[] | undefined;
  /** Tokens of the prompt, history included. */
  readonly promptTokens: () => number;
  /** Tokens of one text, in the model's vocabulary. */
  readonly tokensOf: (text: string) => number;
  /** Whether an item with this id was stored, here or as the output of a stored response. */
  readonly hasItem: (id: string) => boolean;
}
