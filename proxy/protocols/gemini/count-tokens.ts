import type { JsonObject } from '../../core/json.ts';
import type { RequestHead } from '../../wire/http.ts';
import { UNARY } from '../unary.ts';
import type { AnswerFacts, Protocol, RequestFacts } from '../types.ts';
import { errorBody, errorEvent } from './errors.ts';
import { FORWARDED } from './generate.ts';
import { assertSameModel, renameModel } from './repeated-model.ts';
import { callFacts } from './request.ts';
import { judgeUnary } from './unary-judge.ts';

/** Counts the tokens of a request without having it answered. */
export const countTokens = {
  ...UNARY,
  id: 'gemini.count_tokens',
  family: 'gemini',
  factsFromHead: true,
  path: '/models/{model}:countTokens',
  routes: [{ method: 'POST', path: '/models/{model}:countTokens', operation: 'gemini.count_tokens' }],
  forwards: FORWARDED,
  facts: countFacts,
  renameModel,
  judgeBody: judgeCount,
  countedTokens: (tokens) => ({ totalTokens: tokens }),
  errorBody,
  errorEvent,
} as const satisfies Protocol;

function countFacts(body: JsonObject, head?: RequestHead): RequestFacts {
  const facts = callFacts(head);
  assertSameModel(body, facts.model);
  return facts;
}

function judgeCount(body: Buffer): AnswerFacts {
  // Zero is left out of Google's JSON. Counting costs nothing.
  return judgeUnary(body, (answer) => !('error' in answer), { input: 0, output: 0 });
}
