import type { Json, JsonObject } from '../../core/json.ts';
import { failureOfStep, writeFailure } from '../errors.ts';
import type { AnswerContext, AnswerWriter, Step, StopCause } from '../steps.ts';
import { writeGrounding } from './grounding.ts';
import { writeLogprobs } from './logprobs.ts';
import { PartsOfSteps, type Candidate } from './parts-of-steps.ts';
import { writeUsage } from './usage.ts';

const REASONS: Readonly<Record<StopCause, string>> = {
  stop: 'STOP',
  stop_sequence: 'STOP',
  tool_calls: 'STOP',
  pause: 'STOP',
  length: 'MAX_TOKENS',
  context_length: 'MAX_TOKENS',
  filter: 'SAFETY',
  refusal: 'SAFETY',
};

/** Writes an answer of generateContent, or of streamGenerateContent as server-sent events or as a JSON array. */
export class GeminiWriter implements AnswerWriter {
  private readonly context: AnswerContext;
  private readonly parts: PartsOfSteps;
  private readonly id: string;
  /** Parts of each choice that the next chunk tells. */
  private pending = new Map<number, { parts: JsonObject[]; logprobs: unknown[] }>();
  private tail: string | undefined;
  private out = '';
  private chunks = 0;
  private over = false;

  constructor(context: AnswerContext) {
    this.context = context;
    this.id = context.id ?? context.random.alnum(22);
    this.parts = new PartsOfSteps((choice, part, logprobs) => {
      const pending = this.pending.get(choice) ?? { parts: [], logprobs: [] };
      pending.parts.push(part);
      if (logprobs !== undefined) pending.logprobs.push(...logprobs);
      this.pending.set(choice, pending);
    });
  }

  events(steps: readonly Step[]): readonly Buffer[] {
    for (const step of steps) {
      if (this.over) break;
      if (step.kind === 'error') this.fail(step);
      else if (step.kind === 'end') this.stop();
      else this.parts.take(step);
    }
    if (!this.over) this.flush();
    const { out } = this;
    this.out = '';
    return out === '' ? [] : [Buffer.from(out)];
  }

  body(steps: readonly Step[]): Buffer {
    const collected = new Map<number, { parts: JsonObject[]; logprobs: unknown[] }>();
    const parts = new PartsOfSteps((choice, part, logprobs) => {
      const candidate = collected.get(choice) ?? { parts: [], logprobs: [] };
      addWhole(candidate.parts, part);
      if (logprobs !== undefined) candidate.logprobs.push(...logprobs);
      collected.set(choice, candidate);
    });
    for (const step of steps) {
      if (step.kind === 'error') return indented(writeFailure('gemini', failureOfStep(step)).body);
      parts.take(step);
    }
    parts.finish();
    const candidates = [...parts.candidates].map(([choice, candidate]) =>
      lastCandidate(choice, candidate, collected.get(choice) ?? { parts: [], logprobs: [] }),
    );
    return indented(this.answer(parts, candidates));
  }

  private flush(): void {
    if (this.pending.size === 0) return;
    const candidates = [...this.pending].map(([choice, { parts, logprobs }]) => ({
      content: { parts, role: 'model' },
      index: choice,
      ...(logprobs.length === 0 ? {} : { logprobsResult: writeLogprobs(logprobs) }),
    }));
    this.pending = new Map();
    // Until the usage of the whole answer is known, all chunks end alike.
    const { usage } = this.parts;
    if (usage !== undefined) this.tail = undefined;
    this.tail ??= JSON.stringify(this.ending(this.parts)).slice(1);
    this.writeText(`{"candidates":${JSON.stringify(candidates)},${this.tail}`);
  }

  private stop(): void {
    const { parts } = this;
    if ([...parts.candidates.values()].every(({ finish }) => finish === undefined)) {
      this.fail({ kind: 'error', message: 'The endpoint ended its answer without saying why.', status: 502 });
      return;
    }
    parts.finish();
    this.flush();
    // A chunk without a part would make clients drop the turn from their history.
    const candidates = [...parts.candidates].map(([choice, candidate]) =>
      lastCandidate(choice, candidate, { parts: [{ text: '' }], logprobs: [] }),
    );
    this.write(this.answer(parts, candidates));
    if (this.context.array) this.out += '\n]';
    this.over = true;
  }

  private fail(step: Extract<Step, { kind: 'error' }>): void {
    this.flush();
    this.over = true;
    this.write(writeFailure('gemini', failureOfStep(step)).body);
    if (this.context.array) this.out += '\n]';
  }

  private answer(parts: PartsOfSteps, candidates: Json[]): JsonObject {
    return { candidates, ...this.ending(parts) };
  }

  /** What every chunk says after its candidates. */
  private ending({ start, usage }: PartsOfSteps): JsonObject {
    const known = usage?.usage ?? start?.usage;
    return {
      ...(known === undefined ? {} : { usageMetadata: writeUsage(known) }),
      modelVersion: start?.model ?? this.context.model,
      responseId: this.id,
    };
  }

  private write(answer: JsonObject): void {
    this.writeText(JSON.stringify(answer));
  }

  private writeText(text: string): void {
    if (this.context.array) this.out += `${this.chunks === 0 ? '[' : '\n,\r\n'}${text}`;
    else this.out += `data: ${text}\r\n\r\n`;
    this.chunks += 1;
  }
}

/** Adds a part to those of a whole answer: pieces of one text or thought are one part. */
function addWhole(parts: JsonObject[], part: JsonObject): void {
  const last = parts.at(-1);
  const before =
    last?.['thoughtSignature'] === undefined && last?.['thought'] === part['thought'] ? last?.['text'] : undefined;
  if (last === undefined || typeof before !== 'string' || typeof part['text'] !== 'string') {
    parts.push({ ...part });
    return;
  }
  last['text'] = before + part['text'];
  if (part['thoughtSignature'] !== undefined) last['thoughtSignature'] = part['thoughtSignature'];
}

function lastCandidate(
  choice: number,
  { finish, hasCall, text, citations }: Candidate,
  { parts, logprobs }: { readonly parts: JsonObject[]; readonly logprobs: readonly unknown[] },
): JsonObject {
  const reason = finish === undefined ? undefined : REASONS[finish.cause];
  const grounding = writeGrounding(citations, text);
  return {
    content: { parts: parts.length === 0 ? [{ text: '' }] : parts, role: 'model' },
    ...(reason === undefined ? {} : { finishReason: reason }),
    index: choice,
    ...(reason === 'STOP' && hasCall ? { finishMessage: 'Model generated function call(s).' } : {}),
    ...(grounding === undefined ? {} : { groundingMetadata: grounding }),
    ...(logprobs.length === 0 ? {} : { logprobsResult: writeLogprobs(logprobs) }),
  };
}

/** As the API writes a whole answer. */
function indented(value: JsonObject): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}
