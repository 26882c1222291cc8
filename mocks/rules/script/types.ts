import type { ScriptedAnswer } from '../../generation/script.ts';
import type { CustomFault } from '../faults/custom.ts';
import type { NamedFaultInput } from '../fault.ts';
import type { Match } from '../match.ts';
import type { Pace } from '../pace.ts';

/** What functions of a script are given. */
export interface ScriptRequest {
  readonly operation: string | undefined;
  readonly model: string | undefined;
  readonly stream: boolean;
  /** Lowercase names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly key: string | undefined;
  /** Parsed body. */
  readonly body: unknown;
  /** The last user text (or instructions + input). */
  readonly text: string;
  readonly system: string;
  readonly tools: readonly string[];
  readonly turn: number;
  readonly toolResults: readonly { readonly tool: string | undefined; readonly text: string }[];
  readonly tenant: string;
  /** How often the rule has been used, this time included. */
  readonly count: number;
}

/** The provider's error object; what is left out is filled in as the provider would. */
export interface ScriptError {
  /** 400–599. */
  readonly status: number;
  readonly message?: string;
  readonly type?: string;
  readonly code?: string | null;
  readonly param?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that is sent as it is. */
export interface FixedReply {
  /** Default 200. */
  readonly status?: number;
  /** Added to the provider's, or replacing one of them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or a text. */
  readonly body?: unknown;
  /** A stream in place of a body: a text is sent as it is, an object is framed as an event. */
  readonly events?: readonly (string | { readonly event?: string; readonly data: unknown })[];
}

/**
 * One answer of a rule: content (`text`, `chunks`, `toolCalls`, `refusal`, `items`, `embedding` …), or an `error`, or a `raw` answer; with a
 * `fault` to spoil it and a `pace` of its own. In scripts texts are templates.
 */
export interface ScriptAnswer extends ScriptedAnswer {
  readonly error?: ScriptError;
  readonly raw?: FixedReply;
  /** The same as `raw`. */
  readonly reply?: FixedReply;
  /** A name of the fault catalogue (`cut;after=3`), or a fault. */
  readonly fault?: string | CustomFault | NamedFaultInput;
  readonly pace?: Pace;
}

/** Called for every use; must return at once, not a promise. */
export type AnswerFunction = (request: ScriptRequest) => string | ScriptAnswer;

export type AnswerInput = string | ScriptAnswer | AnswerFunction;

/** One rule of a script. The first rule that fits a request answers it. */
export interface ScriptRule {
  /** How reports call it; default `rule N`. */
  readonly name?: string;
  /** Default: every request that generates. A rule for other operations must name them in `match.operation`. */
  readonly match?: Match;
  /** Only in TypeScript and in-process scripts: one more condition. */
  readonly when?: (request: Omit<ScriptRequest, 'count'>) => boolean;
  readonly answer?: AnswerInput;
  /** The same as `answer`. */
  readonly reply?: AnswerInput;
  /** A sequence: the first use gets the first, the second the second … */
  readonly answers?: readonly AnswerInput[];
  /** After the last answer of the sequence: it again (`last`, the default), the first (`loop`), or the rule is used up (`none`). */
  readonly repeat?: 'last' | 'loop' | 'none';
  /** Uses; default without limit. */
  readonly times?: number;
  /** The same as `times: 1`. */
  readonly once?: boolean;
  /** The rule belongs to a scenario, which has a state; it begins in the state `start`. */
  readonly scenario?: string;
  /** The rule fits in this state of its scenario only. */
  readonly state?: string;
  /** The scenario's state from then on. */
  readonly next?: string;
}

export interface ScriptDocument {
  /** A generating request that no rule fits is refused, with a diagnosis. Default false: it is answered as without a script. */
  readonly strict?: boolean;
  readonly rules: readonly ScriptRule[];
}

export type ScriptInput = ScriptDocument | readonly ScriptRule[];
