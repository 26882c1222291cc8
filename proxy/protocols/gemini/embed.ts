import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { RequestHead } from '../../wire/http.ts';
import { UNARY } from '../unary.ts';
import type { Protocol, RequestFacts } from '../types.ts';
import { errorBody, errorEvent } from './errors.ts';
import { FORWARDED } from './generate.ts';
import { assertSameModel, renameModel } from './repeated-model.ts';
import { callFacts } from './request.ts';
import { judgeUnary } from './unary-judge.ts';

/** The embedding of one content. */
export const embedContent = {
  ...UNARY,
  id: 'gemini.embed',
  family: 'gemini',
  factsFromHead: true,
  path: '/models/{model}:embedContent',
  routes: [{ method: 'POST', path: '/models/{model}:embedContent', operation: 'gemini.embed' }],
  forwards: FORWARDED,
  facts: embedFacts,
  renameModel,
  judgeBody: (body) => judgeUnary(body, ({ embedding }) => hasValues(embedding)),
  errorBody,
  errorEvent,
} as const satisfies Protocol;

/** The embeddings of several. */
export const batchEmbedContents = {
  ...embedContent,
  id: 'gemini.batch_embed',
  path: '/models/{model}:batchEmbedContents',
  routes: [{ method: 'POST', path: '/models/{model}:batchEmbedContents', operation: 'gemini.batch_embed' }],
  judgeBody: (body) =>
    judgeUnary(
      body,
      ({ embeddings }) => Array.isArray(embeddings) && embeddings.length > 0 && embeddings.every(hasValues),
    ),
} as const satisfies Protocol;

function embedFacts(body: JsonObject, head?: RequestHead): RequestFacts {
  const facts = callFacts(head);
  assertSameModel(body, facts.model);
  return facts;
}

function hasValues(embedding: Json | undefined): boolean {
  return isJsonObject(embedding) && Array.isArray(embedding['values']) && embedding['values'].length > 0;
}
