import type { ModelFacts } from './models.ts';
import type { ScriptedAnswer } from './script.ts';

/** One piece of the conversation, as far as an answer depends on it. */
export interface Turn {
  readonly role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  readonly text: string;
  /** Author's name; for a tool turn the name of the tool, when it is known. */
  readonly name?: string | undefined;
  /** Ties a call of the assistant to the tool turn that answers it. */
  readonly callId?: string | undefined;
}

export interface ToolSpec {
  readonly kind: 'function' | 'custom';
  readonly name: string;
  /** JSON schema of the arguments. */
  readonly parameters: unknown;
}

export type ToolChoice = 'auto' | 'none' | 'required' | { readonly name: string };

export type AnswerFormat =
  | { readonly kind: 'text' }
  | { readonly kind: 'json_object' }
  | { readonly kind: 'json_schema'; readonly schema: unknown };

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
  readonly tag: string | undefined;
  readonly scripted: ScriptedAnswer | undefined;
}

/** Text of the last turn of the user, or of the last turn at all when the user has none. */
export function lastUserText(turns: readonly Turn[]): string {
  return (turns.findLast((turn) => turn.role === 'user') ?? turns.at(-1))?.text ?? '';
}
