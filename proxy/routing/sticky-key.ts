import type { StickyBy } from '../config/schema/models.ts';
import type { RequestFacts } from '../protocols/types.ts';

/** The value to stick by; undefined when the request does not carry it. `header` reads a request header by its lower-case name. */
export function stickyKey(
  by: StickyBy,
  facts: Pick<RequestFacts, 'promptCacheKey' | 'user'>,
  header: (name: string) => string | undefined,
): string | undefined {
  if (by.kind === 'header') return header(by.name);
  return by.kind === 'user' ? facts.user : facts.promptCacheKey;
}
