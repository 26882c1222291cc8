import type { Generation } from '../../generation/generate.ts';
import { json, quote } from '../json.ts';
import type { AnswerParts, Step } from './answer.ts';
import type { GeminiModel } from './models.ts';
import type { GeminiUsage } from './usage.ts';
import { usageJson } from './usage.ts';
import type { Chunk } from './wire.ts';
import { members } from './wire.ts';

/** What all chunks of an answer share. */
export interface AnswerFrame {
  readonly model: GeminiModel;
  readonly responseId: string;
  readonly usage: GeminiUsage;
  readonly tier: string;
  readonly candidates: number;
  /** Compact JSON of what comes with the last chunk of a candidate, by name and in order. */
  readonly extras: Readonly<Record<string, string | undefined>>;
}

const FINISH: Readonly<Record<Generation['finish'], string>> = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  tool_calls: 'STOP',
  content_filter: 'SAFETY',
};

const CALLED = 'Model generated function call(s).';
const FILTERED = 'The response violated Responsible AI Safety settings (Hate Speech, Harassment, Dangerous) filters.';

const CATEGORIES = ['HATE_SPEECH', 'DANGEROUS_CONTENT', 'HARASSMENT', 'SEXUALLY_EXPLICIT'];

/** Ratings are only shown when something was blocked. */
function safetyRatings(blocked: string): string {
  return json(
    CATEGORIES.map((name) => ({
      category: `HARM_CATEGORY_${name}`,
      probability: name === blocked ? 'HIGH' : 'NEGLIGIBLE',
      ...(name === blocked ? { blocked: true } : {}),
    })),
  );
}

interface Ending {
  readonly reason: string;
  readonly message: string | undefined;
  readonly ratings: string | undefined;
}

function endingOf(answer: Generation, parts: AnswerParts): Ending {
  const { malformed, called } = parts;
  if (malformed !== undefined) {
    const message = `Malformed function call: ${malformed}`;
    return { reason: 'MALFORMED_FUNCTION_CALL', message, ratings: undefined };
  }
  const blocked = answer.finish === 'content_filter' || (answer.refusal !== undefined && answer.finish === 'stop');
  if (blocked) return { reason: 'SAFETY', message: FILTERED, ratings: safetyRatings('DANGEROUS_CONTENT') };
  return { reason: FINISH[answer.finish], message: called ? CALLED : undefined, ratings: undefined };
}

/** Without parts a content still has its role, unless it was blocked. */
function contentJson(parts: readonly string[], reason: string | undefined): string {
  if (parts.length > 0) return `{"parts":[${parts.join(',')}],"role":"model"}`;
  return reason === 'SAFETY' || reason === 'MALFORMED_FUNCTION_CALL' ? '{}' : '{"role":"model"}';
}

function candidateJson(
  index: number,
  parts: readonly string[],
  ending: Ending | undefined,
  { model, extras }: AnswerFrame,
): string {
  const old = model.generation === 'g2';
  return members({
    content: contentJson(parts, ending?.reason),
    finishReason: ending && quote(ending.reason),
    index: old && index === 0 ? undefined : json(index),
    finishMessage: ending?.message === undefined || old ? undefined : quote(ending.message),
    safetyRatings: ending?.ratings,
    ...(ending && extras),
  });
}

function answerJson(candidates: readonly string[], frame: AnswerFrame, generated: number | undefined): string {
  const { model, usage, responseId, tier } = frame;
  return members({
    candidates: `[${candidates.join(',')}]`,
    usageMetadata: usageJson(usage, model, generated, tier),
    modelVersion: quote(model.version),
    responseId: quote(responseId),
  });
}

/** Compact JSON of an answer that is not streamed. */
export function unaryJson(answer: Generation, parts: AnswerParts, frame: AnswerFrame): string {
  const ending = endingOf(answer, parts);
  const all = Array.from({ length: frame.candidates }, (_, index) =>
    candidateJson(index, [...parts.before, ...parts.parts], ending, frame),
  );
  return answerJson(all, frame, frame.usage.candidates);
}

const NOTHING = { parts: [], tokens: 0 } as const;

interface StreamStep {
  readonly parts: readonly string[];
  readonly tokens: number;
  readonly kind: Chunk['kind'];
}

/** The chunks of one candidate: at least one, and the last has the reason of its end. */
function stepsOf({ beforeSteps, steps, closing }: AnswerParts): readonly StreamStep[] {
  const asContent = ({ part, tokens }: Step): StreamStep => ({ parts: [part], tokens, kind: 'content' });
  const all = [...beforeSteps, ...steps].map(asContent);
  if (closing !== undefined) all.push({ parts: [closing], tokens: 0, kind: 'close' });
  return all.length === 0 ? [{ ...NOTHING, kind: 'close' }] : all;
}

/** The chunks of a stream: each a whole answer object with the usage until then; candidates take turns. */
export function* chunksOf(answer: Generation, parts: AnswerParts, frame: AnswerFrame): Generator<Chunk> {
  const ending = endingOf(answer, parts);
  const steps = stepsOf(parts);
  const { usage, model, candidates } = frame;
  let generated = 0;
  for (const [at, { parts: said, tokens, kind }] of steps.entries()) {
    const last = at === steps.length - 1;
    for (let index = 0; index < candidates; index += 1) {
      generated += tokens;
      const end = last && index === candidates - 1;
      const shown = end ? usage.candidates : Math.min(generated, usage.candidates);
      const one = candidateJson(index, said, last ? ending : undefined, frame);
      const counts = model.generation === 'g2' && !end ? undefined : shown;
      yield { body: answerJson([one], frame, counts), tokens, kind };
    }
  }
}
