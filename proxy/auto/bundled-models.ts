import type { CatalogEntry } from '../config/prices.ts';

type BundledModel = Omit<CatalogEntry, 'price'>;

/** Tools, structured answers, vision: `tsv` has all three, `-` stands for one that is missing. */
type Abilities = `${'t' | '-'}${'s' | '-'}${'v' | '-'}`;

const MILLION = 1_000_000;

/**
 * What is known of models without a configuration. Quality compares models and is a judgement, not a measurement; a configuration's
 * `catalog` overrides every field. Prices stand in the table of prices alone.
 */
export const BUNDLED_MODELS: Readonly<Record<string, BundledModel>> = {
  ...models('openai', [
    ['gpt-5.5', 99, MILLION, 128_000, 'tsv'],
    ['gpt-5.4', 99, 1_050_000, 128_000, 'tsv'],
    ['gpt-5.2', 99, 400_000, 128_000, 'tsv'],
    ['gpt-5.1', 99, 400_000, 128_000, 'tsv'],
    ['gpt-5', 99, 400_000, 128_000, 'tsv'],
    ['gpt-5-mini', 93, 400_000, 128_000, 'tsv'],
    ['gpt-5-nano', 84, 400_000, 128_000, 'tsv'],
    ['gpt-4.1', 92, 1_047_576, 32_768, 'tsv'],
    ['gpt-4.1-mini', 88, 1_047_576, 32_768, 'tsv'],
    ['gpt-4.1-nano', 81, 1_047_576, 32_768, 'tsv'],
    ['gpt-4o', 90, 128_000, 16_384, 'tsv'],
    ['chatgpt-4o-latest', 90, 128_000, 16_384, '--v'],
    ['gpt-4o-mini', 85, 128_000, 16_384, 'tsv'],
    ['gpt-4-turbo', 87, 128_000, 4_096, 'tsv'],
    ['gpt-4', 85, 8_192, 8_192, 't--'],
    ['gpt-3.5-turbo', 72, 16_385, 4_096, 'ts-'],
    ['o1', 97, 200_000, 100_000, 'tsv'],
    ['o1-mini', 91, 128_000, 65_536, '---'],
    ['o3', 99, 200_000, 100_000, 'tsv'],
    ['o3-mini', 94, 200_000, 100_000, 'ts-'],
    ['o4-mini', 96, 200_000, 100_000, 'tsv'],
  ]),
  ...models('anthropic', [
    ['claude-opus-4-6', 99, MILLION, 128_000, 'tsv'],
    ['claude-opus-4-5', 99, 200_000, 64_000, 'tsv'],
    ['claude-opus-4-1', 99, 200_000, 32_000, 'tsv'],
    ['claude-opus-4-0', 99, 200_000, 32_000, 't-v'],
    ['claude-opus-4', 99, 200_000, 32_000, 't-v'],
    ['claude-4-opus', 99, 200_000, 32_000, 't-v'],
    ['claude-sonnet-4-6', 98, MILLION, 64_000, 'tsv'],
    ['claude-sonnet-4-5', 97, 200_000, 64_000, 'tsv'],
    ['claude-sonnet-4-0', 96, 200_000, 64_000, 't-v'],
    ['claude-sonnet-4', 96, 200_000, 64_000, 't-v'],
    ['claude-4-sonnet', 96, 200_000, 64_000, 't-v'],
    ['claude-haiku-4-5', 90, 200_000, 64_000, 'tsv'],
    ['claude-3-7-sonnet', 94, 200_000, 64_000, 't-v'],
    ['claude-3.7-sonnet', 94, 200_000, 64_000, 't-v'],
    ['claude-3-5-sonnet', 92, 200_000, 8_192, 't-v'],
    ['claude-3.5-sonnet', 92, 200_000, 8_192, 't-v'],
    ['claude-3-5-haiku', 84, 200_000, 8_192, 't-v'],
    ['claude-3.5-haiku', 84, 200_000, 8_192, 't-v'],
    ['claude-3-opus', 89, 200_000, 4_096, 't-v'],
    ['claude-3-haiku', 80, 200_000, 4_096, 't-v'],
  ]),
  ...models('gemini', [
    ['gemini-2.5-pro', 97, 1_048_576, 65_536, 'tsv'],
    ['gemini-2.5-flash', 90, 1_048_576, 65_536, 'tsv'],
    ['gemini-2.5-flash-lite', 84, 1_048_576, 65_536, 'tsv'],
    ['gemini-2.0-flash', 86, MILLION, 8_192, 'tsv'],
    ['gemini-2.0-flash-lite', 82, MILLION, 8_192, 'tsv'],
    ['gemini-1.5-pro', 88, 2_000_000, 8_192, 'tsv'],
    ['gemini-1.5-flash', 84, MILLION, 8_192, 'tsv'],
  ]),
  ...models('deepseek', [
    ['deepseek-chat', 80, 64_000, 8_192, 'ts-'],
    ['deepseek-reasoner', 94, 64_000, 32_768, '-s-'],
    ['deepseek-v3.2', 88, 128_000, 8_192, 'ts-'],
    ['deepseek-v3.2-speciale', 99, 128_000, 65_536, '---'],
  ]),
  ...models('mistral', [
    ['mistral-large', 86, 128_000, 8_192, 'ts-'],
    ['mistral-small', 78, 128_000, 8_192, 'ts-'],
  ]),
  ...models('moonshot', [
    ['kimi-k2', 88, 131_072, 16_384, 'ts-'],
    ['moonshot-v1-8k', 74, 8_192, 4_096, 'ts-'],
    ['moonshot-v1-32k', 74, 32_768, 4_096, 'ts-'],
    ['moonshot-v1-128k', 74, 131_072, 4_096, 'ts-'],
  ]),
};

type Row = readonly [name: string, quality: number, window: number, output: number, abilities: Abilities];

function models(provider: string, rows: readonly Row[]): Record<string, BundledModel> {
  return Object.fromEntries(
    rows.map(([name, quality, contextWindow, maxOutput, abilities]) => [
      name,
      {
        provider,
        quality,
        contextWindow,
        maxOutput,
        tools: abilities.startsWith('t'),
        structured: abilities.includes('s'),
        vision: abilities.endsWith('v'),
      },
    ]),
  );
}
