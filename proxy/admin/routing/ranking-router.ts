import { type Request, Router } from 'express';

import type { Requirements } from '../../auto/candidate.ts';
import { TIER_LIMITS } from '../../auto/complexity.ts';
import { rankingView } from '../../auto/explanation.ts';
import { COMPLEXITIES, type Complexity, TIER_QUALITY, type Tier, TIERS } from '../../auto/levels.ts';
import type { Valued } from '../../auto/order.ts';
import { rank, type Ranking, type RankingQuestion } from '../../auto/ranking.ts';
import { effectiveTier } from '../../auto/tier.ts';
import { DEFAULT_PLAN, type PlanConfig } from '../../config/gateway.ts';
import { DetailFault } from '../../core/detail-fault.ts';
import { jsonNumber, usdText } from '../../core/money.ts';
import { findCandidates } from '../../pipeline/auto/candidates.ts';
import { preferencesOf } from '../../pipeline/auto/decide.ts';
import { requestCap } from '../../pipeline/request-cap.ts';
import { costOf } from '../../usage/cost.ts';
import { choice, optional, queryFlag, queryInteger, readMembers, type Rule, text } from '../../wire/detail-rules.ts';
import { type AutoNow, autoNow, credentialOf, principalOf } from './auto-callers.ts';
import { callerOf, type RoutingCaller } from './caller.ts';
import type { AutoQuestionDeps } from './explain-router.ts';

export interface RankingRouterDeps extends AutoQuestionDeps {
  /** By their names in the configuration. */
  plans(): ReadonlyMap<string, PlanConfig>;
}

/** Bounds of `context_tokens`. */
export const CONTEXT_TOKENS = { min: 0, max: 1_000_000_000 } as const;
const LONGEST_NAME = 256;

const QUESTION = {
  complexity: optional(choice(COMPLEXITIES), 'simple' as const),
  tier: orNothing(choice(TIERS)),
  tools: optional(queryFlag(), false),
  structured: optional(queryFlag(), false),
  vision: optional(queryFlag(), false),
  context_tokens: optional(queryInteger(CONTEXT_TOKENS), 0),
  plan: orNothing(text({ max: LONGEST_NAME })),
};

/** What a text of each complexity most often gets, where no text is given. */
const USUAL_TIER: Readonly<Record<Complexity, Tier>> = {
  simple: 'micro',
  moderate: 'standard',
  complex: 'versatile',
  advanced: 'heavy',
};

/* oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit */

/** The models that requests of `auto` get, without a request. */
export function rankingRouter(deps: RankingRouterDeps): Router {
  const router = Router();

  router.get('/routing/ranking', async (request, response) => {
    const {
      complexity,
      tier,
      tools,
      structured,
      vision,
      context_tokens: tokens,
      plan,
    } = readMembers(QUESTION, request.query, 'query');
    const needs = { tools, structured, vision, promptTokens: tokens, outputLimit: undefined, contextTokens: tokens };
    const named = plan === undefined ? undefined : planNamed(plan, callerOf(request), deps.plans());
    const now = await autoNow(deps.runtime());
    const ranking = ranked({ complexity, tier, needs, ...(named === undefined ? {} : { plan: named }) }, request, now);
    response.json({ complexity, ...rankingView(ranking) });
  });

  router.get('/routing/tiers', async (request, response) => {
    const now = await autoNow(deps.runtime());
    response.json({ tiers: TIERS.map((tier) => tierView(tier, request, now)) });
  });
  return router;
}
/* oxlint-enable oxc/no-async-endpoint-handlers */

interface Asked {
  readonly complexity: Complexity;
  readonly tier: Tier | undefined;
  readonly needs: Requirements;
  /** In place of the caller's. */
  readonly plan?: PlanConfig;
}

/** As for a chat completion of the caller. */
function ranked(
  { complexity, tier, needs, plan: given }: Asked,
  request: Request,
  { runtime, tools }: AutoNow,
): Ranking {
  const principal = principalOf(callerOf(request));
  const preferences = preferencesOf(principal, runtime);
  const plan = given ?? runtime.governed?.plans.of(principal.holder);
  const { candidates } = findCandidates(
    { operation: 'chat.completions', principal, credentialOf: credentialOf({}, principal, runtime) },
    runtime,
    tools,
  );
  const { defaultTier, minTier, maxTier, preferredProviders, cacheAware } = preferences;
  const question: RankingQuestion = {
    candidates,
    complexity,
    tier: effectiveTier({ classified: USUAL_TIER[complexity], header: tier, defaultTier, minTier, maxTier }),
    requirements: needs,
    outputTokens: tools.config.outputTokens,
    plan,
    costCap: requestCap(plan, preferences),
    fallbackOrder: tools.config.fallbackOrder,
    preferredProviders,
    cacheAware,
  };
  return rank(question);
}

/** Throws DetailFault 404 for a plan that is not configured; a virtual key is told of its own alone. */
function planNamed(name: string, caller: RoutingCaller, plans: ReadonlyMap<string, PlanConfig>): PlanConfig {
  const isOpen = caller.kind === 'administrator' || (caller.holder.customer?.plan ?? DEFAULT_PLAN) === name;
  const plan = isOpen ? plans.get(name) : undefined;
  if (plan === undefined) throw new DetailFault(404, 'Plan not found');
  return plan;
}

/** A parameter without a value says nothing. */
function orNothing<T>(rule: Rule<T>): Rule<T | undefined> {
  return optional<T | undefined, undefined>(
    { read: (value) => (value === '' ? { value: undefined } : rule.read(value)) },
    undefined,
  );
}

const SHOWN = 5;
/** What a tier's cost is shown for. */
const TYPICAL = { input: 1_000, output: 500 };
const NO_NEEDS: Requirements = {
  tools: false,
  structured: false,
  vision: false,
  promptTokens: 0,
  outputLimit: undefined,
  contextTokens: 0,
};

function tierView(tier: Tier, request: Request, now: AutoNow): object {
  const { models, relaxed } = ranked({ complexity: 'simple', tier, needs: NO_NEEDS }, request, now);
  const met = relaxed ? [] : models;
  return {
    tier,
    min_quality: TIER_QUALITY[tier],
    max_tokens: TIER_LIMITS.find(([name]) => name === tier)?.[1] ?? null,
    models: met.slice(0, SHOWN).map(({ candidate }) => candidate.model),
    estimated_cost_usd: typicalCost(met[0]),
  };
}

function typicalCost(first: Valued | undefined): unknown {
  const { amount } = costOf(TYPICAL, first?.candidate.price?.price);
  return amount === null ? null : jsonNumber(usdText(amount));
}
