import type { IncomingHttpHeaders } from 'node:http';
import { classify, type Classified } from '../../auto/complexity.ts';
import { rankTruncated, type RequestSize } from '../../auto/fitting.ts';
import { readTask, readTier, type Task } from '../../auto/levels.ts';
import { rank, type Ranking, type RankingQuestion } from '../../auto/ranking.ts';
import { type Refusal, refusalOf } from '../../auto/refusal.ts';
import { requirementsOf, type RequestFacts } from '../../auto/request-facts.ts';
import type { RequestFamily } from '../../auto/shapes.ts';
import { effectiveTier } from '../../auto/tier.ts';
import type { JsonObject } from '../../core/json.ts';
import { NO_PREFERENCES, type Preferences } from '../../governance/preferences/types.ts';
import type { OperationId } from '../../protocols/types.ts';
import type { Principal } from '../principal.ts';
import { requestCap } from '../request-cap.ts';
import type { ModelRuntime, Runtime } from '../runtime.ts';
import { type CredentialOf, findCandidates } from './candidates.ts';
import type { AutoTools } from './types.ts';

/** A request for the model `auto`, as far as the pick depends on it. */
export interface AskedPick {
  readonly family: RequestFamily;
  readonly operation: OperationId;
  readonly body: JsonObject;
  readonly headers: IncomingHttpHeaders;
  readonly principal: Principal | undefined;
  readonly credentialOf: CredentialOf;
  /** The model that made what the request goes on from: no other is asked. */
  readonly pinned?: string | undefined;
}

/** The same, once its body was read. */
export interface ReadPick extends AskedPick {
  readonly facts: RequestFacts;
  /** The beginning of the prompt, where it is long enough to be cached by a provider. */
  readonly prefix?: string;
  /** 0..1, learned for this principal and prompt; undefined before anything is known. */
  readonly cachedShare?: number | undefined;
}

/** What was found out about a request, and the models that may answer it, the best first. */
export interface Decision {
  readonly asked: ReadPick;
  readonly facts: RequestFacts;
  readonly task: Task | undefined;
  readonly classified: Classified;
  readonly preferences: Preferences;
  readonly question: RankingQuestion;
  readonly ranking: Ranking;
  /** By the names of the candidates: with the endpoints that the caller may use. */
  readonly models: ReadonlyMap<string, ModelRuntime>;
  /** Code points that the last user text may have; undefined = nothing is cut. */
  readonly textLimit: number | undefined;
  /** Images are described for models that do not see. */
  readonly describes: boolean;
  /** Why no model is left. */
  readonly refusal: Refusal | undefined;
}

const TASK = ['x-llmproxy-task', 'x-atom-intent'];
const TIER = ['x-llmproxy-tier', 'x-atom-tier'];
const HINT = ['x-llmproxy-model-hint', 'x-atom-model'];
const VISION = ['x-llmproxy-vision'];

/** Decides which models may answer. Explanations and requests ask this one function. */
export function decide(asked: ReadPick, runtime: Runtime, tools: AutoTools): Decision {
  const { family, body, headers, principal, facts } = asked;
  const task = readTask(...valuesOf(headers, TASK));
  const classified = classify(facts.text, task, facts.textPoints);
  const preferences = preferencesOf(principal, runtime);
  const describes = facts.vision && modeOf(headers, tools) === 'describe';
  const { candidates, models } = findCandidates({ ...asked, only: asked.pinned }, runtime, tools);
  const requirements = requirementsOf(facts, task);
  const plan = runtime.governed?.plans.of(principal?.holder);
  const question: RankingQuestion = {
    candidates,
    complexity: classified.complexity,
    tier: effectiveTier({
      classified: classified.tier,
      header: readTier(...valuesOf(headers, TIER)),
      defaultTier: preferences.defaultTier,
      minTier: preferences.minTier,
      maxTier: preferences.maxTier,
    }),
    requirements: describes ? { ...requirements, vision: false } : requirements,
    outputTokens: tools.config.outputTokens,
    plan,
    costCap: requestCap(plan, preferences),
    fallbackOrder: tools.config.fallbackOrder,
    preferredProviders: preferences.preferredProviders,
    cacheAware: preferences.cacheAware,
    cachedShare: asked.cachedShare,
    hint: valuesOf(headers, HINT)[0],
  };
  return {
    asked,
    facts,
    task,
    classified,
    preferences,
    models,
    describes,
    ...ranked(question, facts, body['truncation'] === 'auto', family),
  };
}

/** The same request, for models that see alone: what could describe its images has failed. */
export function decideSeeing(decision: Decision): Decision {
  const { question, facts, asked } = decision;
  const seeing = { ...question, requirements: { ...question.requirements, vision: true } };
  const isCut = asked.body['truncation'] === 'auto';
  return { ...decision, describes: false, ...ranked(seeing, facts, isCut, asked.family) };
}

function ranked(
  question: RankingQuestion,
  size: RequestSize,
  truncates: boolean,
  family: RequestFamily,
): Pick<Decision, 'question' | 'ranking' | 'textLimit' | 'refusal'> {
  const { ranking, textLimit } = truncates
    ? rankTruncated(question, size)
    : { ranking: rank(question), textLimit: undefined };
  return { question, ranking, textLimit, refusal: refusalOf(ranking, question, family) };
}

/** What a caller wants of the model `auto`. */
export function preferencesOf(principal: Principal | undefined, { governed }: Runtime): Preferences {
  return governed?.preferences.of(principal?.holder) ?? NO_PREFERENCES;
}

function modeOf(headers: IncomingHttpHeaders, { config }: AutoTools): 'route' | 'describe' {
  const [asked] = valuesOf(headers, VISION);
  return asked === 'route' || asked === 'describe' ? asked : config.vision;
}

/** Values of these headers, in this order. */
function valuesOf(headers: IncomingHttpHeaders, names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const value = headers[name];
    return typeof value === 'string' && value.trim() !== '' ? [value.trim()] : [];
  });
}
