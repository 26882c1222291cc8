import type { JsonObject } from '../../proxy/core/json.ts';

/** What is asked, in no family's words. */
export interface Asked {
  readonly prompt: string;
  readonly model: string;
  readonly tools?: readonly AskedTool[];
  /** JSON Schema of the answer. */
  readonly schema?: JsonObject;
  /** PNG, base64. */
  readonly image?: string;
  readonly maxTokens?: number;
  /** The model thinks, and its thoughts are asked for. */
  readonly thinks?: boolean;
  /** The settings that only tune, as far as the family has them. */
  readonly tunes?: boolean;
  /** A text ends the answer, where the family has that. */
  readonly stop?: string;
  /** Probabilities of tokens are asked for, where the family has them. */
  readonly logprobs?: boolean;
  readonly stream: boolean;
}

export interface AskedTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonObject;
}

export interface MadeCall {
  readonly id: string;
  readonly name: string;
  readonly args: unknown;
}

export type Finish = 'stop' | 'tools' | 'length' | 'other';

/** What a client of one family understood of an answer. */
export interface Heard {
  readonly text: string;
  readonly calls: readonly MadeCall[];
  /** Something of the thoughts can be seen or given back. */
  readonly thought: boolean;
  readonly finish: Finish;
  readonly input: number;
  readonly output: number;
  /** `x-llmproxy-dropped`. */
  readonly dropped: readonly string[];
}

/** A request that was refused or failed, as the SDK of the family throws it. */
export interface Failed {
  readonly status: number | undefined;
  readonly message: string;
}

/** A conversation of one client, which its answers and the results of tools are added to. */
export interface Talk {
  /** Sends what was said so far. Rejects with what the SDK throws. */
  ask(): Promise<Heard>;
  /** Answers the calls of the last answer. */
  answer(results: readonly { readonly call: MadeCall; readonly text: string }[]): void;
}

/** An official SDK at the address of a proxy (`http://127.0.0.1:PORT`). */
export interface ClientFamily {
  readonly name: string;
  talk(url: string, asked: Asked): Talk;
  failure(error: unknown): Failed;
}

export function droppedIn(header: string | null | undefined): string[] {
  return (header ?? '').split(', ').filter((name) => name !== '');
}
