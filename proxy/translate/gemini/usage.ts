import type { Json, JsonObject } from '../../core/json.ts';
import type { NeutralUsage } from '../steps.ts';

/** Google leaves out what is zero; thoughts and prompts of tools are counted apart. */
export function readUsage(usage: JsonObject): NeutralUsage {
  const thoughts = usage['thoughtsTokenCount'];
  const cached = usage['cachedContentTokenCount'];
  return {
    input: count(usage['promptTokenCount']) + count(usage['toolUsePromptTokenCount']),
    output: count(usage['candidatesTokenCount']) + count(thoughts),
    ...(typeof cached === 'number' ? { cacheRead: cached } : {}),
    ...(typeof thoughts === 'number' ? { reasoning: thoughts } : {}),
  };
}

function count(value: Json | undefined): number {
  return typeof value === 'number' ? value : 0;
}

/** In the order of the API's own members. */
export function writeUsage({ input, output, cacheRead, reasoning }: NeutralUsage): JsonObject {
  const said = output - (reasoning ?? 0);
  return {
    promptTokenCount: input,
    ...(said > 0 ? { candidatesTokenCount: said } : {}),
    totalTokenCount: input + output,
    ...(cacheRead ? { cachedContentTokenCount: cacheRead } : {}),
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: input }],
    ...(reasoning ? { thoughtsTokenCount: reasoning } : {}),
  };
}
