import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { Seal } from '../conversation.ts';
import type { Step, StopCause } from '../steps.ts';
import { readGrounding } from './grounding.ts';
import { readLogprobs } from './logprobs.ts';

const CAUSES: Readonly<Record<string, StopCause>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'filter',
  PROHIBITED_CONTENT: 'filter',
  BLOCKLIST: 'filter',
  SPII: 'filter',
  IMAGE_SAFETY: 'filter',
  IMAGE_PROHIBITED_CONTENT: 'filter',
  RECITATION: 'filter',
  IMAGE_RECITATION: 'filter',
  LANGUAGE: 'filter',
  MODEL_ARMOR: 'filter',
};

/** Reads one candidate of an answer, whose parts come in one or many chunks. */
export class CandidateReader {
  private readonly choice: number;
  private readonly nextBlock: () => number;
  private readonly model: string | undefined;
  /** The text or thought that the next part may go on with. */
  private open: { readonly kind: 'text' | 'thought'; readonly block: number; readonly from: number } | undefined;
  private hasCall = false;
  private text = '';
  private grounding: JsonObject | undefined;
  private native: string | undefined;
  private message: string | undefined;

  constructor(choice: number, nextBlock: () => number, model: string | undefined) {
    this.choice = choice;
    this.nextBlock = nextBlock;
    this.model = model;
  }

  /** Adds the steps of one chunk. */
  take(candidate: JsonObject, steps: Step[]): void {
    const { content, finishReason, finishMessage, groundingMetadata, logprobsResult } = candidate;
    const parts = isJsonObject(content) && Array.isArray(content['parts']) ? content['parts'] : [];
    const logprobs = isJsonObject(logprobsResult) ? readLogprobs(logprobsResult) : undefined;
    let waiting = logprobs;
    for (const part of parts) {
      if (!isJsonObject(part)) continue;
      this.part(part, steps, waiting);
      if (typeof part['text'] === 'string' && part['thought'] !== true) waiting = undefined;
    }
    if (isJsonObject(groundingMetadata)) this.grounding = groundingMetadata;
    if (typeof finishMessage === 'string') this.message = finishMessage;
    if (typeof finishReason === 'string' && finishReason !== 'FINISH_REASON_UNSPECIFIED') this.native = finishReason;
    // With tools that the provider runs, a STOP may come before the answer goes on.
    else if (parts.some(saysSomething)) this.native = undefined;
  }

  /** What ends the candidate; undefined where no reason to end was seen. */
  finish(): Step[] | undefined {
    const { native } = this;
    if (native === undefined) return undefined;
    const steps: Step[] = [];
    this.cite(steps);
    this.close(steps);
    const cause = this.cause(native);
    if (cause === undefined) {
      return [
        {
          kind: 'error',
          message: this.message ?? `The endpoint ended its answer: ${native}.`,
          type: native,
          status: 502,
        },
      ];
    }
    steps.push({ kind: 'finish', choice: this.choice, cause, native });
    return steps;
  }

  /** A call ends with STOP too. What the model did wrong is a failure that another attempt may mend, unless it said something. */
  private cause(native: string): StopCause | undefined {
    const cause = CAUSES[native];
    if (cause === 'stop' && this.hasCall) return 'tool_calls';
    return cause ?? (this.text === '' ? undefined : 'stop');
  }

  private part(part: JsonObject, steps: Step[], logprobs: readonly unknown[] | undefined): void {
    const { text, thought, thoughtSignature, functionCall } = part;
    const signature = typeof thoughtSignature === 'string' && thoughtSignature !== '' ? thoughtSignature : undefined;
    if (isJsonObject(functionCall)) this.call(functionCall, signature, steps);
    else if (typeof text === 'string')
      this.words(thought === true ? 'thought' : 'text', text, { signature, logprobs }, steps);
  }

  private words(
    kind: 'text' | 'thought',
    text: string,
    { signature, logprobs }: { signature: string | undefined; logprobs: readonly unknown[] | undefined },
    steps: Step[],
  ): void {
    if (text === '' && signature === undefined) return;
    if (this.open?.kind !== kind) {
      this.close(steps);
      this.open = { kind, block: this.nextBlock(), from: this.text.length };
      steps.push({
        kind: kind === 'text' ? 'text-start' : 'reasoning-start',
        block: this.open.block,
        choice: this.choice,
      });
    }
    const { block } = this.open;
    if (kind === 'text') {
      this.text += text;
      if (text !== '') steps.push({ kind: 'text-delta', block, text, ...(logprobs === undefined ? {} : { logprobs }) });
    } else if (text !== '') steps.push({ kind: 'reasoning-delta', block, text });
    if (signature !== undefined) {
      this.seal(block, signature, steps);
      // The sources of a text may follow its seal.
      if (kind === 'thought') this.close(steps);
    }
  }

  private call(call: JsonObject, signature: string | undefined, steps: Step[]): void {
    const name = stringOf(call['name']);
    // The last piece of a call whose arguments are streamed has no name.
    if (name === undefined) return;
    this.close(steps);
    this.hasCall = true;
    const block = this.nextBlock();
    steps.push({ kind: 'call-start', block, choice: this.choice, id: stringOf(call['id']) ?? '', name });
    if (signature !== undefined) this.seal(block, signature, steps);
    const args = isJsonObject(call['args']) ? call['args'] : {};
    steps.push({ kind: 'call-delta', block, input: JSON.stringify(args) }, { kind: 'block-end', block });
  }

  private seal(block: number, value: string, steps: Step[]): void {
    const seal: Seal = { family: 'gemini', ...(this.model === undefined ? {} : { model: this.model }), value };
    steps.push({ kind: 'seal', block, seal });
  }

  private close(steps: Step[]): void {
    const { open } = this;
    if (open === undefined) return;
    if (open.kind === 'text') this.cite(steps);
    this.open = undefined;
    steps.push({ kind: 'block-end', block: open.block });
  }

  /** Sources are told with the last chunk, while the text that they belong to is open. */
  private cite(steps: Step[]): void {
    const { grounding, open } = this;
    if (grounding === undefined || open?.kind !== 'text') return;
    this.grounding = undefined;
    for (const citation of readGrounding(grounding, this.text, open.from)) {
      steps.push({ kind: 'citation', block: open.block, citation });
    }
  }
}

function stringOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function saysSomething(part: Json): boolean {
  if (!isJsonObject(part)) return false;
  return isJsonObject(part['functionCall']) || (typeof part['text'] === 'string' && part['text'] !== '');
}
