import { usdText, type NanoUsd } from '../core/money.ts';
import { estimateOf } from './estimate.ts';
import { failedFilter, type HardFilter } from './filters.ts';
import type { Ranking, RankingQuestion } from './ranking.ts';
import type { RequestFamily } from './shapes.ts';

export type RefusalCode =
  | 'model_blocked'
  | 'provider_blocked'
  | 'plan_restriction'
  | 'unsupported_capability'
  | 'context_length_exceeded'
  | 'no_llm_provider'
  | 'no_endpoint_available'
  | 'request_cost_exceeded';

/** Why no model is left, in the words of the error. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  readonly param?: string;
}

type Reason = HardFilter | 'no_candidate';

/** The error of a ranking without models; undefined where it has some. */
export function refusalOf(ranking: Ranking, question: RankingQuestion, family: RequestFamily): Refusal | undefined {
  return ranking.refusedBy === undefined ? undefined : REFUSALS[ranking.refusedBy](question, family);
}

const REFUSALS: Readonly<Record<Reason, (question: RankingQuestion, family: RequestFamily) => Refusal>> = {
  governance: ({ candidates }) => {
    // As for a model that is named: the provider is the reason where the names alone would leave a model.
    const byProvider = candidates.some(({ blocked }) => blocked === 'provider');
    return {
      code: byProvider ? 'provider_blocked' : 'model_blocked',
      message: `The virtual key may use ${byProvider ? 'no provider of a model' : 'no model'} that 'auto' could pick.`,
      param: 'model',
    };
  },
  plan: () => ({
    code: 'plan_restriction',
    message: "PLAN RESTRICTION: the plan allows no model that 'auto' could pick.",
    param: 'model',
  }),
  tools: () => unsupported('tools', 'tools'),
  structured: () => unsupported('structured output', 'response_format'),
  vision: (_question, family) => unsupported('vision', IMAGE_PARAMS[family]),
  context: (question) => {
    const { contextTokens } = question.requirements;
    return {
      code: 'context_length_exceeded',
      message: `The request needs a context of ${contextTokens} tokens; the largest of the models that could answer is ${largestWindow(question)} tokens.`,
      param: 'messages',
    };
  },
  no_credential: noProvider,
  no_candidate: noProvider,
  no_endpoint: () => ({
    code: 'no_endpoint_available',
    message: 'No endpoint of a model that could answer takes requests at the moment.',
  }),
  cost: (question) => ({ code: 'request_cost_exceeded', message: costMessage(question) }),
};

const IMAGE_PARAMS: Readonly<Record<RequestFamily, string>> = {
  chat: 'messages',
  responses: 'input',
  messages: 'messages',
  gemini: 'contents',
};

function unsupported(capability: string, param: string): Refusal {
  return {
    code: 'unsupported_capability',
    message: `No model that could answer supports ${capability}.`,
    param,
  };
}

function noProvider(): Refusal {
  return {
    code: 'no_llm_provider',
    message: "No eligible LLM provider: no model of 'auto' is configured with a key that can be used.",
  };
}

const CONTEXT: ReadonlySet<HardFilter> = new Set(['context']);
const COST: ReadonlySet<HardFilter> = new Set(['cost']);

/** Tokens; of the models that pass every other filter, else of those that fail it. */
function largestWindow(question: RankingQuestion): number {
  const able = question.candidates.filter((one) => failedFilter(one, question, CONTEXT) === undefined);
  const counted =
    able.length > 0 ? able : question.candidates.filter((one) => failedFilter(one, question) === 'context');
  return Math.max(0, ...counted.map(({ traits }) => traits.contextWindow));
}

/** The least estimate of the models that the cap alone leaves out; null where none of them has a price. */
export function leastEstimate(question: RankingQuestion): NanoUsd | null {
  let least: NanoUsd | null = null;
  for (const candidate of question.candidates) {
    if (failedFilter(candidate, question, COST) !== undefined) continue;
    const estimate = estimateOf(candidate.price, question.requirements, question.outputTokens);
    if (estimate !== null && (least === null || estimate < least)) least = estimate;
  }
  return least;
}

function costMessage(question: RankingQuestion): string {
  const least = leastEstimate(question);
  const cap = usdText(question.costCap ?? 0n);
  if (least === null) return `No model that could answer has a known price, and a request may cost ${cap} USD at most.`;
  return `A request may cost ${cap} USD at most; the least estimate of the models that could answer is ${usdText(least)} USD.`;
}
