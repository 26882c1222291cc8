/** Model, provider, quality, USD per million input and output tokens, window, what it can do; by value in this order. */
export const SEVEN_ROWS = [
  ['deepseek-chat', 'deepseek', 80, 0.14, 0.28, 32_768, 'ts-'],
  ['gemini-2.0-flash', 'gemini', 86, 0.1, 0.4, 1_000_000, 'tsv'],
  ['gpt-4o-mini', 'openai', 85, 0.15, 0.6, 128_000, 'tsv'],
  ['deepseek-v3.2-speciale', 'deepseek', 99, 0.55, 2.2, 128_000, '---'],
  ['o3-mini', 'openai', 94, 1.1, 4.4, 200_000, 'ts-'],
  ['o3', 'openai', 99, 2, 8, 200_000, 'ts-'],
  ['gpt-4o', 'openai', 90, 2.5, 10, 128_000, 'tsv'],
] as const;
