/** What was said so far, as far as rules look at it. */
export interface Conversation {
  /** System and developer messages and instructions, joined by line breaks. */
  readonly system: string;
  /** Names of the tools that are offered; hosted tools by their type. */
  readonly tools: readonly string[];
  /** Number of the answer that is asked for: 1 for the first, one more for each answer before it. */
  readonly turn: number;
  /** Results of tools that came last, oldest first; empty when the request does not end with one. */
  readonly toolResults: readonly { readonly tool: string | undefined; readonly text: string }[];
  /** The calls that those results answer, as far as they are known. */
  readonly answeredCalls?: readonly { readonly name: string; readonly input?: string | undefined }[] | undefined;
}

/** What a rule can look at. */
export interface RequestFacts {
  /** Operation id such as `chat.completions`; `undefined` for an unknown route. */
  readonly operation: string | undefined;
  /** The operation makes text: rules that name no operation answer only those. */
  readonly generates?: boolean | undefined;
  readonly model: string | undefined;
  readonly stream: boolean;
  /** Lowercase names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The API key, wherever the request has it. Default: of the `Authorization` header. */
  readonly key?: (() => string | undefined) | undefined;
  /** The last user text, or instructions and input; asked for only when a rule looks at it. */
  readonly text: () => string;
  /** Asked for only when a rule looks at it. Absent where there is none. */
  readonly conversation?: () => Conversation;
  /** Parsed body. */
  readonly body?: unknown;
}

const NOTHING_SAID: Conversation = { system: '', tools: [], turn: 1, toolResults: [] };

export function conversationOf(facts: RequestFacts): Conversation {
  return facts.conversation?.() ?? NOTHING_SAID;
}

/** The API key of the request. */
export function keyOf(facts: RequestFacts): string | undefined {
  return facts.key?.() ?? /^Bearer\s+(\S+)\s*$/i.exec(facts.headers['authorization'] ?? '')?.[1];
}
