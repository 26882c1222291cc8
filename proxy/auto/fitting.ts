import { tokensOf } from './complexity.ts';
import { failedFilter, type HardFilter } from './filters.ts';
import { rank, type Ranking, type RankingQuestion } from './ranking.ts';
import { textLimit } from './truncation.ts';

export interface FittedRanking {
  readonly ranking: Ranking;
  /** Code points that the last user text may have; undefined = nothing has to be cut. */
  readonly textLimit: number | undefined;
}

/** Code points of a request. */
export interface RequestSize {
  readonly promptPoints: number;
  /** Of these, the last user text. */
  readonly textPoints: number;
}

const CONTEXT: ReadonlySet<HardFilter> = new Set(['context']);

/**
 * The ranking of a request whose body says `"truncation": "auto"`. Where it is too long for every model, its text is cut for the
 * largest window among the models that pass every other filter; the models with that window then are the ranking.
 */
export function rankTruncated(question: RankingQuestion, size: RequestSize): FittedRanking {
  const ranking = rank(question);
  if (ranking.refusedBy === undefined || !ranking.excluded.some(({ reason }) => reason === 'context')) {
    return { ranking, textLimit: undefined };
  }
  let tooDear: Ranking | undefined;
  for (const window of windowsOf(question)) {
    const limit = textLimit({
      window,
      outputLimit: question.requirements.outputLimit,
      restPoints: size.promptPoints - size.textPoints,
    });
    if (limit === undefined) break;
    const fitted = rank(cutQuestion(question, { ...size, window, limit }));
    if (fitted.refusedBy === undefined) return { ranking: fitted, textLimit: limit };
    tooDear ??= fitted;
  }
  return { ranking: tooDear ?? ranking, textLimit: undefined };
}

/** The largest first. What a shorter request costs is asked again for each. */
function windowsOf(question: RankingQuestion): readonly number[] {
  const left = question.candidates.filter(
    (candidate) => failedFilter(candidate, { ...question, costCap: undefined }, CONTEXT) === undefined,
  );
  return [...new Set(left.map(({ traits }) => traits.contextWindow))].toSorted((a, b) => b - a);
}

function cutQuestion(
  question: RankingQuestion,
  { window, limit, promptPoints, textPoints }: RequestSize & { readonly window: number; readonly limit: number },
): RankingQuestion {
  const promptTokens = tokensOf(promptPoints - textPoints + Math.min(textPoints, limit));
  const needed = promptTokens + (question.requirements.outputLimit ?? 0);
  // An output limit of more than half a window is more than its reserve: the window that was cut for takes the request all the same.
  const requirements = { ...question.requirements, promptTokens, contextTokens: Math.min(needed, window) };
  return { ...question, requirements };
}
