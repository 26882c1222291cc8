import type { Candidate } from './candidate.ts';
import { failedFilter, HARD_FILTERS, type FilterQuestion, type HardFilter } from './filters.ts';
import { COMPLEXITY_FLOORS, TIER_QUALITY, type Complexity, type Floors } from './levels.ts';
import { FALLBACK_ORDER, inOrder, valued, type FallbackOrder, type OrderQuestion, type Valued } from './order.ts';
import type { EffectiveTier } from './tier.ts';

export interface RankingQuestion extends FilterQuestion {
  readonly candidates: readonly Candidate[];
  readonly complexity: Complexity;
  readonly tier: EffectiveTier;
  /** Default: `FALLBACK_ORDER`. */
  readonly fallbackOrder?: Partial<FallbackOrder> | undefined;
  /** Canonical names. */
  readonly preferredProviders?: readonly string[] | undefined;
  /** Default: true. */
  readonly cacheAware?: boolean | undefined;
  /** 0..1, learned for this principal and prompt prefix; undefined before anything is known. */
  readonly cachedShare?: number | undefined;
  /** `x-llmproxy-model-hint`. */
  readonly hint?: string | undefined;
}

export interface Excluded {
  readonly model: string;
  readonly reason: HardFilter | 'quality' | 'window';
}

export interface Ranking {
  /** The best first. */
  readonly models: readonly Valued[];
  /** In the order of the candidates. */
  readonly excluded: readonly Excluded[];
  readonly floors: Floors;
  /** No model meets the floors, so they were dropped: the order is that of quality. */
  readonly relaxed: boolean;
  readonly source: 'value' | 'fallback_order';
  /** The hard filter that removed the last candidate; `no_candidate` where there was none. Undefined where models are left. */
  readonly refusedBy: HardFilter | 'no_candidate' | undefined;
}

/** The models that may and can answer, in the order in which they are asked. Equal questions have equal answers. */
export function rank(question: RankingQuestion): Ranking {
  const floors = floorsOf(question);
  const excluded: Excluded[] = [];
  const left: Candidate[] = [];
  const met: Candidate[] = [];
  for (const candidate of question.candidates) {
    const reason = failedFilter(candidate, question);
    if (reason !== undefined) {
      excluded.push({ model: candidate.model, reason });
      continue;
    }
    left.push(candidate);
    const missed = missedFloor(candidate, floors);
    if (missed === undefined) met.push(candidate);
    else excluded.push({ model: candidate.model, reason: missed });
  }
  const relaxed = met.length === 0 && left.length > 0;
  const order = orderQuestion(question, relaxed);
  const models = inOrder(
    (relaxed ? left : met).map((candidate) => valued(candidate, order)),
    order,
  );
  const hinted = left.find(({ model }) => model === question.hint);
  const first =
    hinted === undefined ? models : [valued(hinted, order), ...models.filter((one) => one.candidate !== hinted)];
  const ranked = new Set(first.map(({ candidate }) => candidate.model));
  return {
    models: first,
    excluded: excluded.filter(({ model }) => !ranked.has(model)),
    floors,
    relaxed,
    source: sourceOf(first, question.candidates),
    refusedBy: left.length > 0 ? undefined : lastFilter(excluded),
  };
}

/** A tier that something else than the text decided has its own quality floor; the window's is always that of the complexity. */
function floorsOf({ complexity, tier }: RankingQuestion): Floors {
  const floors = COMPLEXITY_FLOORS[complexity];
  return tier.decidedBy === 'text' ? floors : { ...floors, quality: TIER_QUALITY[tier.tier] };
}

function missedFloor({ traits }: Candidate, floors: Floors): 'quality' | 'window' | undefined {
  if (traits.quality < floors.quality) return 'quality';
  return traits.contextWindow < floors.window ? 'window' : undefined;
}

function orderQuestion(question: RankingQuestion, byQuality: boolean): OrderQuestion {
  return {
    promptTokens: question.requirements.promptTokens,
    cacheAware: question.cacheAware ?? true,
    cachedShare: question.cachedShare,
    fallbackOrder: question.fallbackOrder?.[question.complexity] ?? FALLBACK_ORDER[question.complexity],
    preferredProviders: question.preferredProviders ?? [],
    byQuality,
  };
}

function sourceOf(models: readonly Valued[], candidates: readonly Candidate[]): Ranking['source'] {
  const priced =
    models.length > 0
      ? models.some(({ value }) => value !== null)
      : candidates.some(({ price }) => price !== undefined);
  return priced ? 'value' : 'fallback_order';
}

function lastFilter(excluded: readonly Excluded[]): HardFilter | 'no_candidate' {
  return HARD_FILTERS.findLast((filter) => excluded.some(({ reason }) => reason === filter)) ?? 'no_candidate';
}
