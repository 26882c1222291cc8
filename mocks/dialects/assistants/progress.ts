import { unixSeconds } from '../stored-object.ts';
import type { BilledTokens, DialectContext, StoredObject } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import type { CalledFunction, RunAnswer, RunUsage, ToolRound } from './answer.ts';
import { roundsOf, runAnswer } from './answer.ts';
import { cited, foundAnswer, hostedTools, useHosted } from './hosted.ts';
import type { Speaking } from './outcome.ts';
import { callTools, endSteps, speak, toolsAnswered } from './outcome.ts';
import type { Emit } from './run-events.ts';
import { silent } from './run-events.ts';
import { change, runsOf, textOf } from './store.ts';

const ACTIVE = new Set(['queued', 'in_progress', 'requires_action', 'cancelling']);

export function isActive(run: StoredObject): boolean {
  return ACTIVE.has(textOf(run, 'status'));
}

/** Moves one run through its life; every move is written down and told. */
export class RunProgress {
  readonly #context: DialectContext;
  readonly #emit: Emit;
  /** Unix seconds of the move. */
  readonly #at: number;
  #run: StoredObject;
  #billed: BilledTokens | undefined;

  constructor(run: StoredObject, context: DialectContext, emit: Emit = silent, at = unixSeconds(context)) {
    this.#run = run;
    this.#context = context;
    this.#emit = emit;
    this.#at = at;
  }

  get run(): StoredObject {
    return this.#run;
  }

  /** What the answer of this run cost; absent when there was none. */
  get billed(): BilledTokens | undefined {
    return this.#billed;
  }

  get #speaking(): Speaking {
    return { run: this.#run, context: this.#context, emit: this.#emit, at: this.#at };
  }

  #move(status: string, fields: Body = {}, kind: 'open' | 'close' = 'open'): void {
    const place = runsOf(textOf(this.#run, 'thread_id'));
    this.#run = change(place, this.#run, { status, ...fields }, this.#context);
    this.#emit(`thread.run.${status}`, this.#run.body, kind);
  }

  /** Remembers what is never shown. */
  remember(hidden: Body): void {
    this.#run = { ...this.#run, hidden: { ...this.#run.hidden, ...hidden } };
  }

  begin(): void {
    this.#move('in_progress', { started_at: this.#run.body['started_at'] ?? this.#at });
  }

  /** Lets the model answer: the run ends, or waits for tools. */
  answer(): void {
    const answer = runAnswer(this.#run, this.#context);
    if (answer.kind === 'failed') {
      const error = { code: 'server_error', message: answer.message };
      this.#move('failed', { failed_at: this.#at, last_error: error, expires_at: null }, 'close');
      return;
    }
    this.#billed = { input: answer.usage.prompt_tokens, output: answer.usage.completion_tokens };
    const usage = this.#total(answer.usage);
    if (answer.kind === 'calls') {
      callTools(this.#speaking, answer.calls);
      this.remember({ calls: answer.calls, usage, roundUsage: answer.usage });
      const calls = answer.calls.map(({ id, name, arguments: given }) => ({
        id,
        type: 'function',
        function: { name, arguments: given },
      }));
      const action = { type: 'submit_tool_outputs', submit_tool_outputs: { tool_calls: calls } };
      this.#move('requires_action', { required_action: action }, 'close');
      return;
    }
    this.#say(answer);
  }

  /** Uses the tools of the provider that fit, then speaks; what they found is what is said. */
  #say(answer: RunAnswer & { readonly kind: 'text' }): void {
    const files = hostedTools(this.#run, this.#context).flatMap((type) => useHosted(this.#speaking, type));
    const said = foundAnswer(this.#run, answer, files, this.#context);
    this.#billed = { input: said.usage.prompt_tokens, output: said.usage.completion_tokens };
    const usage = this.#total(said.usage);
    const { text, annotations } = cited(said.text, said.cut ? [] : files);
    speak(this.#speaking, { ...said, text }, annotations);
    const end = answer.cut
      ? { status: 'incomplete', incomplete_details: { reason: 'max_completion_tokens' } }
      : { status: 'completed', completed_at: this.#at };
    this.#move(end.status, { ...end, usage, expires_at: null }, 'close');
  }

  /** The tools have answered: the run is queued again. */
  continueWith(outputs: ToolRound['outputs']): void {
    const calls = this.waitingCalls;
    const round = { calls, outputs };
    toolsAnswered(this.#speaking, round, (this.#run.hidden['roundUsage'] as RunUsage | undefined) ?? null);
    this.remember({ rounds: [...roundsOf(this.#run), round], since: this.#context.now() });
    this.#move('queued', { required_action: null });
  }

  get waitingCalls(): readonly CalledFunction[] {
    return (this.#run.hidden['calls'] ?? []) as readonly CalledFunction[];
  }

  /** A run that was not finished within its time. */
  expire(): void {
    endSteps(this.#speaking, 'expired');
    this.#move('expired', { required_action: null, expires_at: null }, 'close');
  }

  beginCancelling(): void {
    this.remember({ since: this.#context.now() });
    this.#move('cancelling');
  }

  cancel(): void {
    endSteps(this.#speaking, 'cancelled');
    this.#move('cancelled', { cancelled_at: this.#at, required_action: null, expires_at: null }, 'close');
  }

  #total(usage: RunUsage): RunUsage {
    const before = isBody(this.#run.hidden['usage']) ? this.#run.hidden['usage'] : {};
    const sum = (field: keyof RunUsage): number => usage[field] + Number(before[field] ?? 0);
    return {
      prompt_tokens: sum('prompt_tokens'),
      completion_tokens: sum('completion_tokens'),
      total_tokens: sum('total_tokens'),
    };
  }
}

/** The run after all that has come due: one stage in the queue, one at work, one to be cancelled. */
export function settled(run: StoredObject, context: DialectContext): RunProgress {
  const now = context.now();
  const stages = context.jobStageMs === 0 ? Infinity : (now - Number(run.hidden['since'])) / context.jobStageMs;
  const progress = new RunProgress(run, context);
  const status = (): string => textOf(progress.run, 'status');
  if (status() === 'cancelling' && stages >= 1) progress.cancel();
  if (status() === 'requires_action' && Number(run.body['expires_at']) * 1000 < now) progress.expire();
  if (status() === 'queued' && stages >= 1) progress.begin();
  if (status() === 'in_progress' && stages >= 2) progress.answer();
  return progress;
}

/** The runs of a thread, oldest first, each as it is by now. */
export function settledRuns(thread: string, context: DialectContext): readonly StoredObject[] {
  return context.objects.all(runsOf(thread)).map((run) => (isActive(run) ? settled(run, context).run : run));
}

export function activeRun(thread: string, context: DialectContext): StoredObject | undefined {
  return settledRuns(thread, context).find(isActive);
}
