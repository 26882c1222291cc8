import type { ProviderError } from '../dialects/errors.ts';
import type { DialectContext } from '../dialects/reply.ts';
import type { Body } from '../dialects/validate.ts';
import type { ScriptedAnswer } from '../generation/script.ts';

/** Time as the server has it, virtual or not. */
export interface Timers {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls `action` once after `ms`; the returned function calls it off. */
  after(ms: number, action: () => void): () => void;
}

/** One frame of an answer. */
export interface Step {
  readonly text: string;
  /** Tokens it stands for: pacing. */
  readonly tokens: number;
  readonly kind: 'open' | 'content' | 'close';
  /** Called once the frame was handed over. */
  readonly sent?: (() => void) | undefined;
}

/** When the frames of an answer are due, in milliseconds after its start. */
export interface Schedule {
  readonly idle: boolean;
  dueMs(step: Pick<Step, 'kind' | 'tokens'> & { readonly bytes: string }): number;
}

/** An error in place of an answer. */
export interface Failure {
  readonly status: number;
  readonly error: ProviderError;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface AskedTurn {
  /** Operation id, as rules and the journal name it. */
  readonly operation: string;
  /** The question in the form of a Responses request. */
  readonly body: Body;
}

export interface BilledTurn {
  readonly input: number;
  readonly output: number;
}

/** One answer on a socket: what rules and faults say about it, and its entry in the journal. */
export interface Turn {
  readonly context: DialectContext;
  readonly scripted: ScriptedAnswer | undefined;
  readonly failure: Failure | undefined;
  readonly schedule: Schedule;
  /** Milliseconds before anything is sent. */
  readonly delayMs: number;
  /** Sends a frame that belongs to the answer. */
  send(text: string, tokens: number): void;
  /** What the whole answer costs. */
  bill(usage: BilledTurn): void;
  /** The answer is over; `whole`: nothing of it was left out. */
  end(whole: boolean): void;
}

/** What a socket's protocol may use of the server. */
export interface SocketHost {
  readonly clock: Timers;
  /** Unknown fields are refused. */
  readonly strict: boolean;
  context(scripted?: ScriptedAnswer): DialectContext;
  /** Sends a frame that belongs to no answer. */
  send(text: string): void;
  close(code: number, reason: string): void;
  /** Opens the journal entry of an answer and asks rules and faults about it. */
  begin(asked: AskedTurn): Turn;
  /** A fault of the mock itself. */
  fail(error: unknown): void;
}

/** What is spoken on a socket. */
export interface SocketProtocol {
  /** The connection stands. */
  open(): void;
  /** A frame came; binary ones as bytes. */
  receive(frame: string | Buffer): void;
  /** The connection is gone. */
  closed(): void;
}
