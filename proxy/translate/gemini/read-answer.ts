import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { parseExact } from '../../wire/json-exact.ts';
import type { AnswerHints, AnswerReader, NeutralUsage, Step } from '../steps.ts';
import { CandidateReader } from './read-candidate.ts';
import { readUsage } from './usage.ts';

const NOT_AN_ANSWER = 'The endpoint sent what is no answer of the Gemini API.';

/** Reads an answer of generateContent or streamGenerateContent, whose events are whole answers of which each adds to the one before. */
export class GeminiReader implements AnswerReader {
  private readonly candidates = new Map<number, CandidateReader>();
  private readonly nextBlock: () => number;
  private started = false;
  private over = false;
  private blocked: string | undefined;
  private usage: NeutralUsage | undefined;
  private serviceTier: string | undefined;

  constructor(_hints: AnswerHints = {}) {
    let blocks = 0;
    this.nextBlock = () => blocks++;
  }

  event(_name: string | undefined, data: string): readonly Step[] {
    if (this.over) return [];
    return this.chunk(parse(data));
  }

  /** Google has no terminal mark: the finish reasons wait for the stream's end, and without one of them the answer was cut. */
  end(): readonly Step[] {
    if (this.over) return [];
    this.over = true;
    const steps: Step[] = [];
    for (const candidate of this.candidates.values()) {
      const last = candidate.finish();
      if (last === undefined) return [];
      steps.push(...last);
      if (last.some(({ kind }) => kind === 'error')) return steps;
    }
    if (this.candidates.size === 0) {
      if (this.blocked === undefined) return [];
      steps.push({ kind: 'finish', choice: 0, cause: 'filter', native: this.blocked });
    }
    if (this.usage !== undefined) steps.push({ kind: 'usage', usage: this.usage, serviceTier: this.serviceTier });
    steps.push({ kind: 'end' });
    return steps;
  }

  body(body: Buffer): readonly Step[] {
    const steps = [...this.chunk(parse(body.toString()))];
    if (steps.some(({ kind }) => kind === 'error')) return steps;
    const end = this.end();
    if (end.length === 0) return [failure('The endpoint answered without a finish reason.', 502)];
    return [...steps, ...end];
  }

  private chunk(given: Json | undefined): readonly Step[] {
    // Failures before the first chunk come as an array.
    const chunk = Array.isArray(given) ? given[0] : given;
    if (!isJsonObject(chunk)) return this.fail(failure(NOT_AN_ANSWER, 502));
    if (chunk['error'] !== undefined) return this.fail(readError(chunk['error']));
    const steps: Step[] = [];
    this.meta(chunk, steps);
    const candidates = Array.isArray(chunk['candidates']) ? chunk['candidates'] : [];
    for (const [at, candidate] of candidates.entries()) {
      if (isJsonObject(candidate)) this.candidate(candidate, at).take(candidate, steps);
    }
    return steps;
  }

  private meta(chunk: JsonObject, steps: Step[]): void {
    const { usageMetadata, promptFeedback, modelVersion, responseId } = chunk;
    if (isJsonObject(usageMetadata)) {
      this.usage = readUsage(usageMetadata);
      if (typeof usageMetadata['serviceTier'] === 'string') this.serviceTier = usageMetadata['serviceTier'];
    }
    if (isJsonObject(promptFeedback) && typeof promptFeedback['blockReason'] === 'string') {
      this.blocked = promptFeedback['blockReason'];
    }
    if (this.started) return;
    this.started = true;
    steps.push({
      kind: 'start',
      ...(typeof responseId === 'string' ? { id: responseId } : {}),
      ...(typeof modelVersion === 'string' ? { model: modelVersion } : {}),
      ...(this.usage === undefined ? {} : { usage: this.usage }),
    });
    this.model = typeof modelVersion === 'string' ? modelVersion : undefined;
  }

  private model: string | undefined;

  private candidate(candidate: JsonObject, at: number): CandidateReader {
    const index = typeof candidate['index'] === 'number' ? candidate['index'] : at;
    let reader = this.candidates.get(index);
    if (reader === undefined) {
      reader = new CandidateReader(index, this.nextBlock, this.model);
      this.candidates.set(index, reader);
    }
    return reader;
  }

  private fail(step: Step): readonly Step[] {
    this.over = true;
    return [step];
  }
}

function parse(text: string): Json | undefined {
  try {
    return parseExact(text);
  } catch {
    return undefined;
  }
}

function readError(given: Json): Step {
  const error = isJsonObject(given) ? given : {};
  const { code, message, status } = error;
  return {
    kind: 'error',
    message: typeof message === 'string' ? message : 'The endpoint failed.',
    ...(typeof status === 'string' ? { type: status } : {}),
    status: typeof code === 'number' ? code : 500,
  };
}

function failure(message: string, status: number): Step {
  return { kind: 'error', message, status };
}
