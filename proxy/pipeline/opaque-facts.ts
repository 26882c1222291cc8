import type { RequestFacts } from '../protocols/types.ts';
import type { BodyFindings } from '../wire/model-finder.ts';

/** What is known of a request that is not interpreted, in the form in which it is known of others. */
export function opaqueFacts(model = '', findings?: BodyFindings): RequestFacts {
  const previous = findings?.previousResponseId;
  return {
    model,
    stream: false,
    includeUsage: false,
    includeObfuscation: true,
    stateful: true,
    store: false,
    encryptedItems: [],
    ...(previous === undefined ? {} : { previousResponseId: previous }),
  };
}
