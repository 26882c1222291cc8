import type { JsonObject } from '../../core/json.ts';
import type { WebSearch } from '../conversation.ts';
import { defined, objectOf, textOf } from '../fields.ts';

/** The `web_search` tool, whatever its version. */
export function readWebSearch(tool: JsonObject): WebSearch {
  const { type: _, ...location } = objectOf(tool['user_location']) ?? {};
  const domains = objectOf(tool['filters'])?.['allowed_domains'];
  const contextSize = textOf(tool['search_context_size']);
  return {
    ...(Object.keys(location).length === 0 ? {} : { location }),
    ...(Array.isArray(domains) ? { allowedDomains: domains.filter((domain) => typeof domain === 'string') } : {}),
    ...(contextSize === undefined ? {} : { contextSize }),
  };
}

export function writeWebSearch({ location, contextSize, allowedDomains }: WebSearch): JsonObject {
  return defined({
    type: 'web_search',
    filters: allowedDomains === undefined ? undefined : { allowed_domains: [...allowedDomains] },
    search_context_size: contextSize,
    user_location: location === undefined ? undefined : { ...location, type: 'approximate' },
  });
}
