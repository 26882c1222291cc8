/** What servers of chat completions understand: OpenAI's newer words, or the old ones alone. */
export interface ChatDialect {
  /** The member that limits the tokens of an answer. */
  readonly maxTokens: 'max_completion_tokens' | 'max_tokens';
  /** The role `developer`, custom tools, `allowed_tools`, tools without parameters, `metadata` and other members of OpenAI's own. */
  readonly isOpenAi: boolean;
  readonly webSearch: boolean;
  /** Form of the ids of calls, where others are refused. */
  readonly callId?: RegExp;
}

const OPENAI: ChatDialect = { maxTokens: 'max_completion_tokens', isOpenAi: true, webSearch: true };
const COMPATIBLE: ChatDialect = { maxTokens: 'max_tokens', isOpenAi: false, webSearch: false };

/** By the name of the provider; who is not in it is compatible. */
const DIALECTS: ReadonlyMap<string, ChatDialect> = new Map([
  ['openai', OPENAI],
  ['azure', OPENAI],
  ['mock', OPENAI],
  ['mistral', { ...COMPATIBLE, callId: /^[A-Za-z0-9]{9}$/ }],
  ['perplexity', { ...COMPATIBLE, webSearch: true }],
  ['openrouter', { ...COMPATIBLE, webSearch: true }],
]);

export function chatDialect(provider: string): ChatDialect {
  return DIALECTS.get(provider) ?? COMPATIBLE;
}
