import type { AutoConfig } from '../../config/auto.ts';
import type { CachedShares } from '../../auto/cached-shares.ts';
import type { Catalogue } from '../../auto/catalogue.ts';
import type { AnswerCheck } from '../../generation/checked-events.ts';
import type { SchemaQuestion } from '../../schema-check/types.ts';
import type { PriceTable } from '../../usage/price-table.ts';
import type { AutoStages } from './stages.ts';

/** What requests for the model `auto` need. One snapshot a configuration. */
export interface AutoTools {
  readonly config: AutoConfig;
  readonly catalogue: Catalogue;
  readonly prices: Pick<PriceTable, 'find'>;
  readonly stages: AutoStages;
  /** What is known of providers' caches of prompts. */
  readonly shares: Pick<CachedShares, 'of' | 'learn'>;
  /** Whether a JSON answer fits the schema of its request. */
  check(question: SchemaQuestion, body: Buffer): ReturnType<AnswerCheck>;
}

/** Loads them with the first request that asks for a pick: all others do without. */
export interface AutoEntry {
  readonly config: AutoConfig;
  tools(): AutoTools | Promise<AutoTools>;
}
