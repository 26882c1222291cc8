import type { FoundPrice } from '../usage/price-table.ts';
import type { ModelTraits } from './catalogue.ts';

/** Whose key a request to the model would be sent with: the caller's own, the operator's, none. */
export type CandidateCredential = 'own' | 'system' | 'none';

/** A model that `auto` may pick. */
export interface Candidate {
  /** What clients call it. */
  readonly model: string;
  /** Canonical. */
  readonly provider: string;
  readonly traits: Omit<ModelTraits, 'provider'>;
  /** Undefined = unknown. */
  readonly price: Pick<FoundPrice, 'entry' | 'price'> | undefined;
  /** Which of the principal's allow lists leaves it out. */
  readonly blocked?: 'model' | 'provider' | undefined;
  readonly credential: CandidateCredential;
  /** Whether an endpoint of it takes requests now. */
  readonly admitting: boolean;
}

/** What a request needs of the model that answers it. */
export interface Requirements {
  readonly tools: boolean;
  readonly structured: boolean;
  readonly vision: boolean;
  /** Of the whole request. */
  readonly promptTokens: number;
  /** Tokens; undefined = the request sets no limit. */
  readonly outputLimit: number | undefined;
  /** What the context window must hold: prompt and output limit. */
  readonly contextTokens: number;
}
