import { tokensOf } from '../../auto/complexity.ts';
import { promptPrefix } from '../../auto/prompt-prefix.ts';
import { readFacts } from '../../auto/request-facts.ts';
import type { TokenUsage } from '../../protocols/types.ts';
import { cacheScopeOf, type Principal } from '../principal.ts';
import type { AskedPick, ReadPick } from './decide.ts';
import type { AutoTools } from './types.ts';

/** No provider caches a prompt of fewer tokens. */
const LEAST_CACHED = 1_024;
const EVERYONE = 'everyone';

/** Reads the request, and says what is known of providers' caches of its prompt. */
export async function withLearned(asked: AskedPick, { shares }: AutoTools): Promise<ReadPick> {
  const facts = readFacts(asked.family, asked.body);
  if (tokensOf(facts.promptPoints) < LEAST_CACHED) return { ...asked, facts };
  const prefix = promptPrefix(asked.family, asked.body);
  const cachedShare = await shares.of(nameOf(asked.principal), prefix);
  return { ...asked, facts, prefix, cachedShare };
}

/** Takes note of what upstream has reported of a request that was sent. */
export function learn({ prefix, principal }: ReadPick, usage: TokenUsage | undefined, { shares }: AutoTools): void {
  if (prefix === undefined || usage?.cachedInput === undefined) return;
  shares.learn(nameOf(principal), prefix, { input: usage.input, cached: usage.cachedInput });
}

function nameOf(principal: Principal | undefined): string {
  return cacheScopeOf(principal, 'principal') ?? EVERYONE;
}
