import type { MockControl } from '../server/control-client.ts';
import type { Strictness } from '../strictness/index.ts';
import type { Target } from './call.ts';
import type { Specification } from './shape/specification.ts';

/** What checks work with. */
export interface Subject extends Target {
  readonly model: string;
  /** `null`: there is none. */
  readonly reasoningModel: string | null;
  readonly embeddingModel: string | null;
  /** The mock that stands behind the target, if one does. */
  readonly mock: MockControl | undefined;
  /** How strict the provider behind the target is said to be. */
  readonly strictness: Strictness;
  readonly specification: Specification | undefined;
  /** A word that stands in no earlier request. */
  readonly salt: () => string;
}

export type Outcome =
  | { readonly verdict: 'pass'; readonly detail?: string }
  | { readonly verdict: 'fail'; readonly detail: string }
  /** It does not apply, for the reason. */
  | { readonly verdict: 'skip'; readonly detail: string };

export type Group = 'shapes' | 'errors' | 'cache' | 'transport' | 'faults';

/** One row of the scorecard. */
export interface Check {
  /** `shapes/chat-stream` */
  readonly id: string;
  readonly group: Group;
  /** What is claimed when it passes. */
  readonly claim: string;
  run(subject: Subject): Promise<Outcome>;
}

const SHOWN = 4;

export function pass(detail?: string): Outcome {
  return detail === undefined ? { verdict: 'pass' } : { verdict: 'pass', detail };
}

export function skip(detail: string): Outcome {
  return { verdict: 'skip', detail };
}

/** Passes when there is nothing to say. */
export function judged(problems: readonly string[], detail?: string): Outcome {
  if (problems.length === 0) return pass(detail);
  const more = problems.length - SHOWN;
  return { verdict: 'fail', detail: `${problems.slice(0, SHOWN).join('; ')}${more > 0 ? `; and ${more} more` : ''}` };
}

/** Why the mock behind the target cannot help; `undefined` when it can. */
export function withoutMock({ mock, baseURL }: Subject): Outcome | undefined {
  if (mock === undefined) return skip('needs --mock, the mock behind the target');
  return new URL(baseURL).origin === new URL(mock.url).origin ? skip('the target is the mock itself') : undefined;
}
