import { setTimeout as after } from 'node:timers/promises';
import type { Redactor } from '../../core/redact.ts';
import type { Price } from '../../usage/price.ts';
import { ask } from './call.ts';
import { CallFailure } from './faults.ts';
import type { BenchmarkPlan } from './options.ts';
import type { Prompt } from './prompts.ts';
import { failureOf, successOf, type BenchmarkRecord, type BenchmarkResults, type Target } from './record.ts';
import { nameAt, type Asked } from './session.ts';

export interface RunTools {
  readonly priceOf: (target: Target) => Price | undefined;
  readonly redactor: Redactor;
  /** Aborted by the person who started the benchmark: what is complete by then is the result. */
  readonly signal: AbortSignal;
  readonly onCall: (call: CallPlace) => void;
}

/** The call that is made next: `index` counts from 0. */
export interface CallPlace {
  readonly index: number;
  readonly count: number;
  readonly asked: Asked;
  readonly prompt: Prompt;
}

export interface RunResult {
  readonly results: BenchmarkResults;
  readonly count: number;
  readonly isInterrupted: boolean;
}

interface Call {
  readonly asked: Asked;
  readonly prompt: Prompt;
  readonly isCounted: boolean;
}

/** Makes the calls one after the other, with a pause between them. */
export async function runCalls(plan: BenchmarkPlan, asked: readonly Asked[], tools: RunTools): Promise<RunResult> {
  const calls = callsOf(plan, asked);
  const results = new Map<string, BenchmarkRecord[]>();
  for (const [index, call] of calls.entries()) {
    tools.onCall({ index, count: calls.length, asked: call.asked, prompt: call.prompt });
    const record = await recordOf(plan, call, tools);
    if (record === undefined) break;
    if (call.isCounted) results.set(call.prompt.name, [...(results.get(call.prompt.name) ?? []), record]);
    if (index < calls.length - 1 && !(await paused(plan.pauseMs, tools.signal))) break;
  }
  const count = [...results.values()].reduce((sum, records) => sum + records.length, 0);
  return { results, count, isInterrupted: tools.signal.aborted };
}

/** The warm-up asks the first prompt. Afterwards all models are asked a prompt before the next repetition, and the next prompt. */
function callsOf({ prompts, repeat, warmUp }: BenchmarkPlan, asked: readonly Asked[]): Call[] {
  const round = (prompt: Prompt, times: number, isCounted: boolean): Call[] =>
    Array.from({ length: times }, () => asked.map((one) => ({ asked: one, prompt, isCounted }))).flat();
  return [
    ...prompts.slice(0, 1).flatMap((prompt) => round(prompt, warmUp, false)),
    ...prompts.flatMap((prompt) => round(prompt, repeat, true)),
  ];
}

/** Undefined once the person who started the benchmark has ended it. */
async function recordOf(
  { source, maxTokens, timeoutMs }: BenchmarkPlan,
  { asked, prompt }: Call,
  { priceOf, redactor, signal }: RunTools,
): Promise<BenchmarkRecord | undefined> {
  const { baseUrl, key } = asked;
  const model = nameAt(source, asked);
  try {
    const answer = await ask({ baseUrl, key, model, prompt: prompt.prompt, maxTokens, timeoutMs, signal });
    return successOf(asked, answer, priceOf(asked));
  } catch (error) {
    if (signal.aborted) return undefined;
    if (!(error instanceof CallFailure)) throw error;
    return failureOf(asked, redactor.clean(error.message));
  }
}

async function paused(ms: number, signal: AbortSignal): Promise<boolean> {
  if (ms > 0) await after(ms, undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}
