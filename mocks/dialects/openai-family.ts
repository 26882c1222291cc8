import { errorJson, errorReply, refusedKey, unknownUrl, unparsableBody, wrongMethod } from './errors.ts';
import { providerError, streamFailure } from './failures.ts';
import type { DialectFamily } from './family.ts';
import { successHeaders } from './headers.ts';

/** Answers whatever no other family claims. */
export const OPENAI: DialectFamily = {
  id: 'openai',
  ownsPath: () => false,
  sentBy: () => false,
  refusedKey,
  unparsableBody,
  unknownUrl,
  wrongMethod,
  providerError,
  errorReply,
  errorJson: (_status, error) => errorJson(error),
  streamFailure: ({ operation, error, eventsSent }) => streamFailure(operation, error, eventsSent),
  successHeaders,
};
