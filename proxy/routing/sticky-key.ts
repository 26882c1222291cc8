import type { StickyBy } from '../config/schema/models.ts';
import type { RequestFacts } from '../protocols/types.ts';

/** The value to stick by; undefined when the request does not carry it. `header` reads a request header by its lower-case name. */
export function stickyKey(
  by: StickyBy,
  facts: Pick<RequestFacts, 'promptCacheKey' | 'user'>,
  header: (name: string) => string | undefined,
): string | undefined {
  switch (by.kind) {
    case 'prompt_cache_key':
      return facts.promptCacheKey;
    case 'user':
      return facts.user;
    case 'header':
      return header(by.name);
  }
}
