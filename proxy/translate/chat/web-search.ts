import type { JsonObject } from '../../core/json.ts';
import type { WebSearch } from '../conversation.ts';
import { defined, objectOf, textOf } from '../fields.ts';

/** `web_search_options`. */
export function readWebSearch(options: JsonObject): WebSearch {
  const location = objectOf(objectOf(options['user_location'])?.['approximate']);
  const contextSize = textOf(options['search_context_size']);
  return {
    ...(location === undefined ? {} : { location }),
    ...(contextSize === undefined ? {} : { contextSize }),
  };
}

export function writeWebSearch({ location, contextSize }: WebSearch): JsonObject {
  return defined({
    search_context_size: contextSize,
    user_location:
      location === undefined
        ? undefined
        : { type: 'approximate', approximate: defined({ ...location, type: undefined }) },
  });
}
