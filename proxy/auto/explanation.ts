import type { CandidateCredential } from './candidate.ts';
import type { Classified, PointReason } from './complexity.ts';
import type { Valued } from './order.ts';
import type { Excluded, Ranking, RankingQuestion } from './ranking.ts';

/** One place of a ranking, as the routes show it. Prices in US dollars per million tokens. */
export interface RankingRow {
  readonly rank: number;
  readonly model: string;
  readonly provider: string;
  readonly quality: number;
  readonly price: { readonly input: number; readonly output: number } | null;
  readonly effective_price: number | null;
  /** Two decimals; null = the price is unknown, or the model is free. */
  readonly value: number | null;
  readonly context_window: number;
  readonly credential: CandidateCredential;
}

export interface RankingView {
  readonly floors: { readonly quality: number; readonly window: number };
  readonly relaxed: boolean;
  readonly source: Ranking['source'];
  readonly ranking: readonly RankingRow[];
  readonly excluded: readonly Excluded[];
}

export interface Explanation extends RankingView {
  readonly text_tokens: number;
  readonly complexity: string;
  readonly score: number;
  readonly points: readonly { readonly reason: PointReason; readonly points: number }[];
  /** By the text. */
  readonly tier: string;
  readonly effective_tier: string;
  readonly requirements: {
    readonly tools: boolean;
    readonly structured: boolean;
    readonly vision: boolean;
    /** Prompt and output limit. */
    readonly context_tokens: number;
  };
  readonly selected: { readonly model: string; readonly provider: string } | null;
}

export function rankingView({ floors, relaxed, source, models, excluded }: Ranking): RankingView {
  return { floors, relaxed, source, ranking: models.map(rowOf), excluded };
}

/** What the caller adds: `model` and `error`. */
export function explanationOf(classified: Classified, question: RankingQuestion, ranking: Ranking): Explanation {
  const { textTokens, complexity, score, points, tier } = classified;
  const { tools, structured, vision, contextTokens } = question.requirements;
  const first = ranking.models[0]?.candidate;
  return {
    text_tokens: textTokens,
    complexity,
    score,
    points,
    tier,
    effective_tier: question.tier.tier,
    requirements: { tools, structured, vision, context_tokens: contextTokens },
    ...rankingView(ranking),
    selected: first === undefined ? null : { model: first.model, provider: first.provider },
  };
}

function rowOf({ candidate, rates, effectivePrice, value }: Valued, at: number): RankingRow {
  const { model, provider, traits, credential } = candidate;
  return {
    rank: at + 1,
    model,
    provider,
    quality: traits.quality,
    price: rates === undefined ? null : { input: rates.input, output: rates.output },
    effective_price: effectivePrice,
    value: value === null || value === Infinity ? null : Math.round(value * 100) / 100,
    context_window: traits.contextWindow,
    credential,
  };
}
