import { TIER_QUALITY, type Tier } from './levels.ts';
import type { Valued } from './order.ts';
import { tierAbove } from './tier.ts';

/** A model that was asked for this request. */
export interface AskedModel {
  readonly model: string;
  /** In force when it was asked. */
  readonly tier: Tier;
  /** `invalid`: an answer that does not fit the schema. `failed`: none of its endpoints gave an answer. */
  readonly ended: 'invalid' | 'failed';
}

export interface NextQuestion {
  /** The best first. */
  readonly models: readonly Valued[];
  /** The effective tier at the start. */
  readonly tier: Tier;
  readonly maxTier?: Tier | null | undefined;
  /** The preference `auto_escalation`. */
  readonly escalates: boolean;
  /** `auto.attempts`: models that are asked one after another because one failed. Escalation has its own bound. */
  readonly attempts: number;
  /** In the order in which they were asked. */
  readonly asked: readonly AskedModel[];
}

export interface NextModel {
  readonly model: Valued;
  readonly tier: Tier;
}

const MOST_STEPS = 2;
/** Answers of the first tier that may be invalid before it is left. */
const TRIES = 2;

/**
 * The model to ask next; undefined = the request has failed. After a failure the next of the ranking follows. After an invalid answer the
 * same model is asked once more, then the tier goes up by one and its first model that was not asked gets one try: two steps at most.
 */
export function nextModel(question: NextQuestion): NextModel | undefined {
  const { models, asked, tier } = question;
  const last = asked.at(-1);
  if (last === undefined) return models[0] === undefined ? undefined : { model: models[0], tier };
  if (last.ended === 'failed') return afterFailure(question, last.tier);
  if (last.tier === tier && invalidAt(asked, tier) < TRIES) {
    const same = models.find(({ candidate }) => candidate.model === last.model);
    return same === undefined ? undefined : { model: same, tier };
  }
  return afterInvalid(question, last.tier);
}

/** `micro>standard>versatile (invalid_output)`; undefined where the tier never went up. */
export function escalationText(asked: readonly Pick<AskedModel, 'tier'>[]): string | undefined {
  const tiers = [...new Set(asked.map(({ tier }) => tier))];
  return tiers.length < 2 ? undefined : `${tiers.join('>')} (invalid_output)`;
}

function afterFailure({ models, asked, attempts, tier: first }: NextQuestion, tier: Tier): NextModel | undefined {
  // The first model of a step of escalation is not one that a failure led to.
  const steps = new Set(asked.map((one) => one.tier)).size - 1;
  if (new Set(asked.map(({ model }) => model)).size - steps >= attempts) return undefined;
  return untried(models, asked, tier, tier === first ? 0 : TIER_QUALITY[tier]);
}

function afterInvalid({ models, asked, escalates, maxTier }: NextQuestion, tier: Tier): NextModel | undefined {
  const steps = new Set(asked.map((one) => one.tier)).size - 1;
  const next = escalates && steps < MOST_STEPS ? tierAbove(tier, maxTier) : undefined;
  return next === undefined ? undefined : untried(models, asked, next, TIER_QUALITY[next]);
}

function untried(
  models: readonly Valued[],
  asked: readonly AskedModel[],
  tier: Tier,
  leastQuality: number,
): NextModel | undefined {
  const model = models.find(
    ({ candidate }) => candidate.traits.quality >= leastQuality && !asked.some((one) => one.model === candidate.model),
  );
  return model === undefined ? undefined : { model, tier };
}

function invalidAt(asked: readonly AskedModel[], tier: Tier): number {
  return asked.filter((one) => one.tier === tier && one.ended === 'invalid').length;
}
