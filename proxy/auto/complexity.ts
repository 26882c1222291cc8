import { countCodePoints } from './code-points.ts';
import type { Complexity, Task, Tier } from './levels.ts';
import { findTerms } from './term-search.ts';
import { TERM_GROUPS, TERM_POINTS, type TermGroup } from './terms.ts';

export type PointReason = TermGroup | 'fence' | 'task' | 'length';

export interface Classified {
  /** Of the text: a quarter of its code points. */
  readonly textTokens: number;
  readonly score: number;
  readonly complexity: Complexity;
  readonly tier: Tier;
  /** What `score` is the sum of. */
  readonly points: readonly { readonly reason: PointReason; readonly points: number }[];
}

const FENCE_POINTS = 3;
const TASK_POINTS: Readonly<Record<Task, number>> = {
  code: 2,
  analysis: 2,
  reasoning: 2,
  agentic: 2,
  chat: -1,
  general: -1,
};

/** Points of the first row whose tokens are reached. */
type LengthPoints = readonly (readonly [tokens: number, points: number])[];
const SCORE_LENGTH: LengthPoints = [
  [2_000, 3],
  [500, 2],
  [100, 1],
];
const TIER_LENGTH: LengthPoints = [
  [5_000, 8],
  [2_000, 5],
  [500, 3],
  [100, 1],
];

const LEAST_TIER_SCORE = -2;
/** The first row that neither the tokens nor the score exceed; `complex` beyond them. */
export const TIER_LIMITS: readonly (readonly [tier: Tier, tokens: number, score: number])[] = [
  ['micro', 100, 0],
  ['standard', 500, 2],
  ['versatile', 2_000, 5],
  ['heavy', 5_000, 8],
];

/** How hard a request is. `text`: the text parts of its last user message; `textPoints`: their code points. */
export function classify(text: string, task?: Task, textPoints = countCodePoints(text)): Classified {
  const textTokens = tokensOf(textPoints);
  const { groups, fence } = findTerms(text);
  const terms = [
    ...TERM_GROUPS.filter((group) => groups.has(group)).map((reason) => ({ reason, points: TERM_POINTS[reason] })),
    ...(fence ? [{ reason: 'fence' as const, points: FENCE_POINTS }] : []),
    ...(task === undefined ? [] : [{ reason: 'task' as const, points: TASK_POINTS[task] }]),
  ];
  const sum = terms.reduce((total, { points }) => total + points, 0);
  const length = lengthPoints(SCORE_LENGTH, textTokens);
  const score = sum + length;
  return {
    textTokens,
    score,
    complexity: complexityOf(score),
    tier: tierOf(textTokens, Math.max(LEAST_TIER_SCORE, sum + lengthPoints(TIER_LENGTH, textTokens))),
    points: length === 0 ? terms : [...terms, { reason: 'length', points: length }],
  };
}

/** Four characters a token, rounded down. */
export function tokensOf(codePoints: number): number {
  return Math.floor(codePoints / 4);
}

function complexityOf(score: number): Complexity {
  if (score <= 0) return 'simple';
  if (score === 1) return 'moderate';
  return score < 5 ? 'complex' : 'advanced';
}

function tierOf(tokens: number, score: number): Tier {
  return TIER_LIMITS.find(([, mostTokens, mostScore]) => tokens <= mostTokens && score <= mostScore)?.[0] ?? 'complex';
}

function lengthPoints(rows: LengthPoints, tokens: number): number {
  return rows.find(([least]) => tokens >= least)?.[1] ?? 0;
}
