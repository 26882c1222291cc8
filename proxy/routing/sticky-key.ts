import type { RequestFacts } from '../protocols/types.ts';

/** What requests stick by: a field of the body, or `header:<name>`. */
export type StickyBy = 'prompt_cache_key' | 'user' | `header:${string}`;

/** The value to stick by; undefined when the request does not carry it. `header` reads a request header by its lower-case name. */
export function stickyKey(
  by: StickyBy,
  facts: Pick<RequestFacts, 'promptCacheKey' | 'user'>,
  header: (name: string) => string | undefined,
): string | undefined {
  if (by === 'prompt_cache_key') return facts.promptCacheKey;
  if (by === 'user') return facts.user;
  return header(by.slice('header:'.length).toLowerCase());
}
