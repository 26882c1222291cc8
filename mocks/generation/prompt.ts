/** One piece of the conversation, as far as an answer depends on it. */
export interface Turn {
  readonly role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  readonly text: string;
  readonly name?: string | undefined;
}
