/** How hard a request is, by its text, ascending. */
export const COMPLEXITIES = ['simple', 'moderate', 'complex', 'advanced'] as const;
export type Complexity = (typeof COMPLEXITIES)[number];

/** How good a model a request gets, ascending. */
export const TIERS = ['micro', 'standard', 'versatile', 'heavy', 'complex'] as const;
export type Tier = (typeof TIERS)[number];

/** What a client says that its request is. */
export const TASKS = ['code', 'analysis', 'reasoning', 'agentic', 'chat', 'general'] as const;
export type Task = (typeof TASKS)[number];

/** The least that a model must have. */
export interface Floors {
  /** 0..100. */
  readonly quality: number;
  /** Tokens of the context window. */
  readonly window: number;
}

export const COMPLEXITY_FLOORS: Readonly<Record<Complexity, Floors>> = {
  simple: { quality: 0, window: 4_000 },
  moderate: { quality: 80, window: 8_000 },
  complex: { quality: 88, window: 16_000 },
  advanced: { quality: 94, window: 32_000 },
};

export const TIER_QUALITY: Readonly<Record<Tier, number>> = {
  micro: 0,
  standard: 80,
  versatile: 86,
  heavy: 90,
  complex: 94,
};

/** The value of `x-llmproxy-task`; the first of `values` that is known, so an alias follows the header itself. */
export function readTask(...values: readonly (string | undefined)[]): Task | undefined {
  return readWord(TASKS, values);
}

/** The value of `x-llmproxy-tier`; the first of `values` that is known. */
export function readTier(...values: readonly (string | undefined)[]): Tier | undefined {
  return readWord(TIERS, values);
}

export function isComplexity(value: string): value is Complexity {
  return (COMPLEXITIES as readonly string[]).includes(value);
}

function readWord<T extends string>(words: readonly T[], values: readonly (string | undefined)[]): T | undefined {
  for (const value of values) {
    const named = value?.trim().toLowerCase();
    const word = words.find((one) => one === named);
    if (word !== undefined) return word;
  }
  return undefined;
}
