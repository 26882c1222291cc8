import type { Media } from './media.ts';
import type { ModelFacts } from './models.ts';
import type { ScriptedAnswer } from './script.ts';

/** A call that an earlier answer made. */
export interface PastCall {
  readonly name: string;
  /** As it went on the wire: JSON for functions, free text for custom tools; absent when only the name is known. */
  readonly input?: string | undefined;
}

/** A call of a function or custom tool, as its tokens are counted. */
export interface TurnCall extends PastCall {
  readonly name: string;
  readonly input: string;
  /** It came with the id of its item, as stored calls do. */
  readonly withId: boolean;
}

/** One piece of the conversation, as far as an answer depends on it. */
export interface Turn {
  readonly role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  readonly text: string;
  /** Its text as the model reads it, where that differs: parts follow each other without a break. */
  readonly read?: string | undefined;
  readonly call?: TurnCall | undefined;
  /** A text that was said before calls, and is marked so. */
  readonly commentary?: boolean | undefined;
  /** It is what a function or custom tool answered. */
  readonly isResult?: boolean | undefined;
  /** Author's name; for a tool turn the name of the tool, when it is known. */
  readonly name?: string | undefined;
  /** Ties a call of the assistant to the tool turn that answers it. */
  readonly callId?: string | undefined;
  /** What a turn of the assistant called. */
  readonly calls?: readonly PastCall[] | undefined;
  /** What it carries besides text. */
  readonly media?: readonly Media[] | undefined;
  /** The item itself, where a later answer depends on more than its text. */
  readonly item?: Readonly<Record<string, unknown>> | undefined;
}

/** What the input of a custom tool must look like. */
export interface Grammar {
  readonly syntax: 'regex' | 'lark';
  readonly definition: string;
}

/** A tool that the provider brings along: web search, code interpreter, shell … */
export interface HostedTool {
  /** The tool as the request gives it. */
  readonly definition: Readonly<Record<string, unknown>>;
  /** Lowercase words of a request that this tool fits. */
  readonly keywords: readonly string[];
  /** Whether a question is one for it although it has none of these words. */
  readonly fits?: ((asked: string) => boolean) | undefined;
  /** The words that it finds for a question, which the answer is made of then. */
  readonly finds?: ((asked: string) => string | undefined) | undefined;
  /** It looks up what is asked in plain words. */
  readonly looksUp?: boolean | undefined;
  /** Its calls are carried out by the client, so that the answer ends with them. */
  readonly byClient: boolean;
}

export interface ToolSpec {
  readonly kind: 'function' | 'custom' | 'hosted';
  readonly name: string;
  readonly description?: string | undefined;
  /** JSON schema of the arguments. */
  readonly parameters: unknown;
  readonly grammar?: Grammar | undefined;
  /** Of the kind `hosted` only. */
  readonly hosted?: HostedTool | undefined;
}

export type ToolChoice = 'auto' | 'none' | 'required' | { readonly name: string };

export type AnswerFormat =
  | { readonly kind: 'text' }
  | { readonly kind: 'json_object' }
  | { readonly kind: 'json_schema'; readonly schema: unknown };

/** The ends of `logit_bias`: -100 bans a token, 100 forces it. What lies between changes nothing here. */
export interface TokenBias {
  readonly banned: ReadonlySet<number>;
  readonly forced: readonly number[];
}

/** What every dialect's request comes down to. */
export interface Prompt {
  readonly model: ModelFacts;
  readonly turns: readonly Turn[];
  /** The text that decides the default answer. */
  readonly asked: string;
  /** Decides the default answer when `asked` has no known one. */
  readonly instructions: string;
  readonly tools: readonly ToolSpec[];
  readonly toolChoice: ToolChoice;
  readonly parallelTools: boolean;
  readonly format: AnswerFormat;
  readonly stop: readonly string[];
  /** Includes reasoning tokens. */
  readonly maxTokens: number | undefined;
  readonly effort: string | undefined;
  readonly verbosity?: 'low' | 'high' | undefined;
  /** Token ids: the text has none of the first kind, and nothing but the second when there are any. */
  readonly bias?: TokenBias | undefined;
  readonly tag: string | undefined;
  /** Texts of other numbers differ; absent where equal prompts have equal texts. */
  readonly variation?: number | undefined;
  readonly scripted: ScriptedAnswer | undefined;
}

/** Text of the last turn of the user, or of the last turn at all when the user has none. */
export function lastUserText(turns: readonly Turn[]): string {
  return (turns.findLast((turn) => turn.role === 'user') ?? turns.at(-1))?.text ?? '';
}
