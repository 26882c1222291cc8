import { modelFacts } from '../../generation/models.ts';
import type { ModelFacts } from '../../generation/models.ts';

/** Generations that answer in different forms: up to 2.0, 2.5, 3 and later. */
export type GeminiGeneration = 'g2' | 'g25' | 'g3';

export interface GeminiModel {
  /** Without `models/`. */
  readonly name: string;
  /** The name that answers carry. */
  readonly version: string;
  readonly generation: GeminiGeneration;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly thinks: boolean;
  /** It thinks unless it is told not to. */
  readonly thinksByDefault: boolean;
  readonly facts: ModelFacts;
}

const LATEST: Readonly<Record<string, string>> = {
  'gemini-flash-latest': 'gemini-3.6-flash',
  'gemini-flash-lite-latest': 'gemini-3.1-flash-lite',
  'gemini-pro-latest': 'gemini-3.1-pro-preview',
};

/** Tokens in and out; the first pattern that fits counts. */
const LIMITS: readonly (readonly [RegExp, number, number])[] = [
  [/^gemini-2\.5-flash-image/, 32_768, 32_768],
  [/^gemini-3-pro-image/, 131_072, 32_768],
  [/^gemini-(?:2\.0|1\.5)/, 1_048_576, 8192],
  [/^gemma-3/, 131_072, 8192],
  [/^gemini-embedding-exp/, 8192, 1],
  [/embedding/, 2048, 1],
];

function generationOf(name: string): GeminiGeneration {
  const [, major, minor = '0'] = /^gemini-(\d+)(?:\.(\d+))?/.exec(name) ?? [];
  if (major === undefined) return name.startsWith('gemma') ? 'g2' : 'g25';
  if (Number(major) >= 3) return 'g3';
  return major === '2' && minor === '5' ? 'g25' : 'g2';
}

/** The name without the resource prefix that some clients send. */
export function bareName(model: string): string {
  return model.replace(/^(?:models|publishers\/google\/models)\//, '');
}

/** Any name is a model; those that are no Gemini answer as 2.5 does. */
export function geminiModel(given: string): GeminiModel {
  const name = bareName(given);
  const version = LATEST[name] ?? name;
  const generation = generationOf(version);
  const [, inputTokens = 1_048_576, outputTokens = 65_536] = LIMITS.find(([pattern]) => pattern.test(version)) ?? [];
  const thinks = generation !== 'g2' && !/embedding|image|tts|imagen|veo/.test(version);
  const thinksByDefault = thinks && !version.startsWith('gemini-2.5-flash-lite');
  const facts: ModelFacts = {
    ...modelFacts(version),
    name: version,
    snapshot: version,
    encoding: 'o200k_base',
    reasoning: thinks,
    defaultEffort: thinksByDefault ? undefined : 'none',
  };
  return { name, version, generation, inputTokens, outputTokens, thinks, thinksByDefault, facts };
}
