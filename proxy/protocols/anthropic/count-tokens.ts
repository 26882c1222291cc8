import { parseObject } from '../../wire/json-object.ts';
import { UNARY } from '../unary.ts';
import type { AnswerFacts, Protocol } from '../types.ts';
import { errorBody, errorEvent } from './errors.ts';
import { FORWARDED } from './messages.ts';
import { promptFacts } from './request.ts';

/** Counts the tokens of a request without having it answered. */
export const countTokens = {
  ...UNARY,
  id: 'messages.count_tokens',
  family: 'anthropic',
  path: '/messages/count_tokens',
  routes: [{ method: 'POST', path: '/messages/count_tokens', operation: 'messages.count_tokens' }],
  forwards: FORWARDED,
  facts: promptFacts,
  judgeBody: judgeCount,
  countedTokens: (tokens) => ({ input_tokens: tokens }),
  errorBody,
  errorEvent,
} as const satisfies Protocol;

function judgeCount(body: Buffer): AnswerFacts {
  const object = parseObject(body.toString());
  // Counting costs nothing.
  if (typeof object?.['input_tokens'] === 'number') {
    return { complete: true, ended: true, usage: { input: 0, output: 0 }, encryptedItems: [] };
  }
  const error = object?.['error'] === undefined ? {} : { error: object };
  return { complete: false, ended: false, reason: 'the body has no input_tokens', encryptedItems: [], ...error };
}
