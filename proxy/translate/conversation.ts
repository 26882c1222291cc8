import type { JsonObject } from '../core/json.ts';

/** Wire formats that a generation of text may have; each is read into, and written from, the neutral form below. */
export type Family = 'chat' | 'responses' | 'messages' | 'gemini';

/** Something that only its maker can read or verify: the signature of a thought, an encrypted one. */
export interface Seal {
  /** Who made it. */
  readonly family: Family;
  /** A name of the model that made it; absent where that is not known. */
  readonly model?: string;
  /** As the maker wrote it. */
  readonly value: string;
  /** Id of the item that carries it, where the maker gave it one. */
  readonly id?: string;
}

export type MediaSource =
  | { readonly kind: 'data'; readonly mediaType: string; readonly base64: string }
  | { readonly kind: 'url'; readonly url: string; readonly mediaType?: string }
  /** Kept by the provider that the client's family belongs to. */
  | { readonly kind: 'file'; readonly id: string; readonly mediaType?: string };

/** Where a piece of an answer comes from. Offsets count UTF-16 units of the text of its part. */
export interface Citation {
  readonly url?: string;
  readonly title?: string;
  readonly text?: string;
  readonly start?: number;
  readonly end?: number;
  /** As the maker wrote it; families of the same kind get it unchanged. */
  readonly own?: { readonly family: Family; readonly value: JsonObject };
}

export interface TextPart {
  readonly kind: 'text';
  readonly text: string;
  readonly citations?: readonly Citation[];
  /** Anthropic's `cache_control`. */
  readonly cacheControl?: JsonObject;
  readonly seal?: Seal;
}

export interface ReasoningPart {
  readonly kind: 'reasoning';
  /** Visible thought or its summary; '' where nothing of it may be seen. */
  readonly text: string;
  readonly seal?: Seal;
  /** `text` is empty and `seal` holds the thought itself (redacted thinking, encrypted reasoning without a summary). */
  readonly redacted?: true;
}

export interface CallPart {
  readonly kind: 'call';
  readonly id: string;
  readonly name: string;
  /** JSON text of the arguments; free text of a custom tool. '' = none given. */
  readonly input: string;
  readonly custom?: true;
  readonly seal?: Seal;
  readonly cacheControl?: JsonObject;
}

export interface ResultPart {
  readonly kind: 'result';
  readonly callId: string;
  /** Name of the tool, where the client's family says it. */
  readonly name?: string;
  readonly parts: readonly (TextPart | MediaPart)[];
  readonly isError?: true;
  readonly custom?: true;
  readonly cacheControl?: JsonObject;
}

export interface MediaPart {
  readonly kind: 'image' | 'document' | 'audio';
  readonly source: MediaSource;
  readonly name?: string;
  /** `image_url.detail`. */
  readonly detail?: string;
  readonly cacheControl?: JsonObject;
}

export interface RefusalPart {
  readonly kind: 'refusal';
  readonly text: string;
}

/** An item that one family alone knows (a server tool and its result): kept whole for it, never shown to another. */
export interface ForeignPart {
  readonly kind: 'foreign';
  readonly family: Family;
  readonly value: JsonObject;
}

export type Part = TextPart | ReasoningPart | CallPart | ResultPart | MediaPart | RefusalPart | ForeignPart;

export interface Turn {
  /** Results of tools stand in turns of the user. */
  readonly role: 'system' | 'developer' | 'user' | 'assistant';
  readonly parts: readonly Part[];
  readonly name?: string;
}

export interface Tool {
  readonly kind: 'function' | 'custom';
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the arguments; absent = none. */
  readonly parameters?: JsonObject;
  readonly strict?: boolean;
  /** `format` of a custom tool, as OpenAI writes it. */
  readonly format?: JsonObject;
  readonly cacheControl?: JsonObject;
}

/** A tool that the provider carries out itself. Web search is known to several; others to one family. */
export interface HostedTool {
  readonly kind: 'hosted';
  readonly family: Family;
  readonly name: 'web_search' | 'other';
  readonly value: JsonObject;
  /** What a web search is told, as far as several families know it. */
  readonly search?: WebSearch;
}

export interface WebSearch {
  readonly allowedDomains?: readonly string[];
  readonly blockedDomains?: readonly string[];
  /** `{city?, country?, region?, timezone?}`. */
  readonly location?: JsonObject;
  /** OpenAI's `search_context_size`. */
  readonly contextSize?: string;
  readonly maxUses?: number;
}

export type ToolChoice =
  | { readonly kind: 'auto' | 'none' | 'required' }
  /** These alone; `required` = one of them must be called. */
  | { readonly kind: 'named'; readonly names: readonly string[]; readonly required: boolean };

export type AnswerFormat =
  | { readonly kind: 'text' | 'json' }
  | {
      readonly kind: 'schema';
      readonly name: string;
      readonly schema: JsonObject;
      readonly strict?: boolean;
      readonly description?: string;
    };

export type Effort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';

export interface Thinking {
  readonly effort?: Effort;
  /** Tokens; −1 = as the model sees fit. */
  readonly budget?: number;
  /** How much of it is shown: `auto`, `concise`, `detailed`, `none`; absent = as the family does by itself. */
  readonly summary?: string;
}

/** A request for an answer, in no family's words. Absent = the client did not say. */
export interface Conversation {
  /** Of the client's request: `rest` is in its words. */
  readonly family: Family;
  readonly model: string;
  readonly stream: boolean;
  readonly turns: readonly Turn[];
  readonly tools?: readonly (Tool | HostedTool)[];
  readonly toolChoice?: ToolChoice;
  readonly parallelCalls?: boolean;
  readonly format?: AnswerFormat;
  readonly thinking?: Thinking;
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly stop?: readonly string[];
  readonly seed?: number;
  readonly presencePenalty?: number;
  readonly frequencyPenalty?: number;
  readonly logitBias?: JsonObject;
  readonly count?: number;
  /** Number of alternatives a token; 0 = only the chosen one. */
  readonly logprobs?: number;
  readonly user?: string;
  readonly serviceTier?: string;
  readonly promptCacheKey?: string;
  /** The client wants to see the usage on a stream (chat completions without it get none). */
  readonly includeUsage: boolean;
  /** Members of the client's body that no field above holds, by their names. */
  readonly rest: JsonObject;
}
