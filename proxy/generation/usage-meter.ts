import { OUTCOMES, type Outcome } from '../core/outcome.ts';
import type { AnswerFacts, TokenUsage } from '../protocols/types.ts';
import { usageSum } from '../protocols/token-usage.ts';
import { splitEvents } from '../wire/sse.ts';
import type { BilledCall } from './payer.ts';
import { estimateInput, estimateOutput, scaledOutput } from './usage-estimate.ts';
import type { GenerationRequest } from './request.ts';

/** What one attempt is billed. */
export type AttemptUsage = Pick<BilledCall, 'usage' | 'estimated' | 'billed'>;

const NO_USAGE: Omit<AttemptUsage, 'billed'> = { estimated: false };

/**
 * Counts what the attempts of one generation are billed: as the endpoint said it, else estimated from the text. A generation
 * that fails over after a billed attempt pays for both.
 */
export class UsageMeter {
  readonly #request: GenerationRequest;
  #stated: TokenUsage | undefined;
  #estimated: TokenUsage | undefined;
  #bytes = 0;
  /** The latest two chunks: usage comes in the last events, and they show what an event weighs. */
  #tail: readonly Buffer[] = [];
  /** The first chunk: some streams say at once what the prompt is billed. */
  #head: Buffer | undefined;

  constructor(request: GenerationRequest) {
    this.#request = request;
  }

  /** All that is billed. */
  get usage(): TokenUsage | undefined {
    return usageSum(this.#stated, this.#estimated);
  }

  /** What endpoints said. */
  get stated(): TokenUsage | undefined {
    return this.#stated;
  }

  /** Of attempts whose endpoint did not say it. */
  get estimated(): TokenUsage | undefined {
    return this.#estimated;
  }

  push(chunk: Buffer): void {
    this.#head ??= chunk;
    this.#bytes += chunk.length;
    const last = this.#tail.at(-1);
    this.#tail = last === undefined ? [chunk] : [last, chunk];
  }

  /** An attempt has ended; `log` is all that it delivered, where that is kept. Returns what it is billed. */
  ended({ kind }: Outcome, facts: AnswerFacts | undefined, log: readonly Buffer[] | undefined): AttemptUsage {
    const { billed } = OUTCOMES[kind];
    const usage = billed ? this.#usageOf(kind, facts, log) : NO_USAGE;
    if (usage.estimated) this.#estimated = usageSum(this.#estimated, usage.usage);
    else this.#stated = usageSum(this.#stated, usage.usage);
    this.#bytes = 0;
    this.#tail = [];
    this.#head = undefined;
    return { ...usage, billed: billed && this.#isBilled };
  }

  /** What lists, stores and counts costs nothing. */
  get #isBilled(): boolean {
    const { opaque, protocol } = this.#request;
    return opaque ? opaque.billed !== undefined : protocol.countedTokens === undefined;
  }

  #usageOf(
    kind: Outcome['kind'],
    facts: AnswerFacts | undefined,
    log: readonly Buffer[] | undefined,
  ): Omit<AttemptUsage, 'billed'> {
    const stated = facts?.usage ?? (this.#request.opaque ? undefined : this.#statedInEvents(log));
    if (stated) return { usage: stated, estimated: false };
    // What an answer that is not interpreted costs, or one that is still being made, only its provider knows.
    if (this.#request.opaque || (this.#request.facts.background && kind === 'ok')) return NO_USAGE;
    return { usage: this.#estimate(kind === 'ok' || facts?.ended === true, log), estimated: true };
  }

  /** Usage that stood in the stream before it broke off, or that was not looked for because the stream was passed on. */
  #statedInEvents(log: readonly Buffer[] | undefined): TokenUsage | undefined {
    const { protocol, facts } = this.#request;
    if (!facts.stream || this.#bytes === 0) return undefined;
    const events = splitEvents(Buffer.concat(log ?? this.#tail));
    const last = events.findLast((event) => protocol.readEvent(event).usage !== undefined);
    return last && protocol.readEvent(last).usage;
  }

  #estimate(whole: boolean, log: readonly Buffer[] | undefined): TokenUsage {
    const { protocol, facts, view } = this.#request;
    const input = estimateInput(view.body);
    if (this.#bytes === 0 || !protocol.streams) return { input, output: 0 };
    const bytes = Buffer.concat(log ?? this.#tail);
    if (!facts.stream) {
      const complete = whole && bytes.length === this.#bytes;
      return { input, output: complete ? estimateOutput(protocol, protocol.bodyToStream(bytes)) : 0 };
    }
    const output = estimateOutput(protocol, splitEvents(bytes));
    const prompt = this.#promptUsage() ?? { input };
    return { ...prompt, output: scaledOutput(output, bytes.length, this.#bytes) };
  }

  #promptUsage(): TokenUsage | undefined {
    const [first] = this.#head ? splitEvents(this.#head) : [];
    return first && this.#request.protocol.readEvent(first).promptUsage;
  }
}
