import type { Generation } from '../../generation/generate.ts';
import type { Prompt } from '../../generation/prompt.ts';
import { cacheUse } from '../cached-prompt.ts';
import { objectsIn } from '../content.ts';
import { json } from '../json.ts';
import type { DialectContext } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import type { MediaCost, Modality } from './media.ts';
import { mediaCosts } from './media.ts';
import type { GeminiModel } from './models.ts';
import { geminiTools } from './prompt.ts';
import { counted, members } from './wire.ts';

export type TokensByModality = ReadonlyMap<Modality, number>;

export interface GeminiUsage {
  /** Includes what was cached. */
  readonly prompt: number;
  readonly promptDetails: TokensByModality;
  readonly cached: number;
  /** Of all candidates. */
  readonly candidates: number;
  /** Of the candidates, where they are more than text. */
  readonly candidatesDetails: TokensByModality | undefined;
  readonly thoughts: number;
  /** What tools of the provider brought into the prompt. */
  readonly toolUse: number;
}

const TOOL_TOKENS = 8;

function added(costs: readonly MediaCost[]): Map<Modality, number> {
  const sums = new Map<Modality, number>();
  for (const { modality, tokens } of costs) sums.set(modality, (sums.get(modality) ?? 0) + tokens);
  return sums;
}

/** Tokens of contents, system instruction and tools by their kind; the formulas of docs/mock/gemini.md. */
export function promptTokens(
  request: Body,
  prompt: Prompt,
  model: GeminiModel,
  context: DialectContext,
): TokensByModality {
  const count = (text: string): number => context.tokenizer.count(text, model.facts.encoding);
  const system = request['systemInstruction'];
  const contents = [...objectsIn(request['contents']), ...(isBody(system) ? [system] : [])];
  const sums = added(contents.flatMap(({ parts }) => mediaCosts(parts, context.objects)));
  const users = objectsIn(request['contents']).filter(({ role }) => role !== 'model').length;
  const perTurn = model.generation === 'g2' ? 0 : 1;
  const tools = geminiTools(request)
    .filter(({ kind }) => kind === 'function')
    .reduce((sum, tool) => sum + TOOL_TOKENS + count(json([tool.name, tool.description, tool.parameters])), 0);
  const text = prompt.turns.reduce((sum, turn) => sum + count(turn.text), users * perTurn + tools);
  return new Map([['TEXT', text], ...sums]);
}

export const sumOf = (details: TokensByModality): number => [...details.values()].reduce((sum, one) => sum + one, 0);

export interface UsageParts {
  readonly request: Body;
  readonly prompt: Prompt;
  readonly model: GeminiModel;
  readonly answer: Generation;
  readonly candidates: number;
  /** Of the cached content that the request goes on from; it is a part of the prompt. */
  readonly cachedTokens: number | undefined;
  readonly toolUse: number;
  /** What a picture or sound costs that is a part of the answer. */
  readonly made: MediaCost | undefined;
}

/** Counts an answer; the prompt cache remembers the prompt. */
export function geminiUsage(parts: UsageParts, context: DialectContext): GeminiUsage {
  const { request, prompt, model, answer, candidates, cachedTokens, toolUse, made } = parts;
  const claimed = answer.usage;
  const whole = promptTokens(request, prompt, model, context);
  const promptCount = claimed?.inputTokens ?? sumOf(whole);
  const implicit = (): number => {
    const texts = (): readonly string[] => prompt.turns.map((turn) => `${turn.role}\n${turn.text}`);
    return cacheUse({}, prompt.model, promptCount, texts, context).read;
  };
  const thoughts = answer.reasoningTokens;
  const output = claimed?.outputTokens;
  const text = answer.visibleTokens * candidates;
  const spent = text + (made?.tokens ?? 0) * candidates;
  return {
    prompt: promptCount,
    promptDetails: claimed?.inputTokens === undefined ? whole : new Map([['TEXT', promptCount]]),
    cached: claimed?.cachedTokens ?? cachedTokens ?? implicit(),
    candidates: output === undefined ? spent : Math.max(0, output - thoughts),
    candidatesDetails:
      made &&
      new Map([
        ['TEXT' as const, text],
        [made.modality, made.tokens * candidates],
      ]),
    thoughts: thoughts * candidates,
    toolUse,
  };
}

function detailsJson(details: TokensByModality): string | undefined {
  const entries = [...details].filter(([, tokens]) => tokens > 0);
  const texts = entries.map(([modality, tokens]) => `{"modality":"${modality}","tokenCount":${tokens}}`);
  return texts.length === 0 ? undefined : `[${texts.join(',')}]`;
}

const textDetails = (tokens: number): string | undefined => detailsJson(new Map([['TEXT', tokens]]));

function candidatesDetailsOf(
  { candidatesDetails, candidates: all }: GeminiUsage,
  { generation }: GeminiModel,
  candidates: number | undefined,
): string | undefined {
  if (candidatesDetails !== undefined && candidates === all) return detailsJson(candidatesDetails);
  return generation === 'g2' ? textDetails(candidates ?? 0) : undefined;
}

/** `candidates`: tokens generated until then; undefined where the chunk does not say. */
export function usageJson(
  usage: GeminiUsage,
  model: GeminiModel,
  candidates: number | undefined,
  tier: string,
): string {
  const { prompt, promptDetails, cached, thoughts, toolUse } = usage;
  const total = prompt + (candidates ?? 0) + thoughts + toolUse;
  return members({
    promptTokenCount: counted(prompt),
    candidatesTokenCount: counted(candidates),
    totalTokenCount: counted(total),
    cachedContentTokenCount: counted(cached),
    promptTokensDetails: detailsJson(promptDetails),
    cacheTokensDetails: textDetails(cached),
    candidatesTokensDetails: candidatesDetailsOf(usage, model, candidates),
    toolUsePromptTokenCount: counted(toolUse),
    toolUsePromptTokensDetails: textDetails(toolUse),
    thoughtsTokenCount: counted(thoughts),
    serviceTier: json(tier),
  });
}
