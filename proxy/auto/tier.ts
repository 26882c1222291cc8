import { TIERS, type Tier } from './levels.ts';

export interface TierSources {
  /** By the text of the request. */
  readonly classified: Tier;
  /** `x-llmproxy-tier`. */
  readonly header?: Tier | undefined;
  readonly defaultTier?: Tier | null | undefined;
  readonly minTier?: Tier | null | undefined;
  /** Stands above `minTier` where the two contradict each other. */
  readonly maxTier?: Tier | null | undefined;
}

export interface EffectiveTier {
  readonly tier: Tier;
  /** `text` leaves the floors of the complexity in force; with the others the quality floor is the tier's. */
  readonly decidedBy: 'text' | 'header' | 'preference' | 'limit' | 'escalation';
}

export function effectiveTier({ classified, header, defaultTier, minTier, maxTier }: TierSources): EffectiveTier {
  const asked = header ?? defaultTier ?? classified;
  const limited = lower(higher(asked, minTier ?? 'micro'), maxTier ?? 'complex');
  if (limited !== asked) return { tier: limited, decidedBy: 'limit' };
  if (header !== undefined) return { tier: header, decidedBy: 'header' };
  return { tier: asked, decidedBy: typeof defaultTier === 'string' ? 'preference' : 'text' };
}

/** The next tier; undefined above `maxTier` and the last one. */
export function tierAbove(tier: Tier, maxTier?: Tier | null): Tier | undefined {
  const next = TIERS[TIERS.indexOf(tier) + 1];
  return next === undefined || (typeof maxTier === 'string' && lower(next, maxTier) !== next) ? undefined : next;
}

function higher(a: Tier, b: Tier): Tier {
  return TIERS.indexOf(a) < TIERS.indexOf(b) ? b : a;
}

function lower(a: Tier, b: Tier): Tier {
  return TIERS.indexOf(a) > TIERS.indexOf(b) ? b : a;
}
