import type { JsonObject } from '../../core/json.ts';
import { errorBody } from './error-body.ts';
import { embeddingLists } from './embedding-lists.ts';
import { errorMessage, isError, isFlatError } from './completion-chunk.ts';
import { parseObject } from '../../wire/json-object.ts';
import { chunkError } from './error-event.ts';
import { fillOwnFields, findOwnFields } from './own-fields.ts';
import { commonFacts, missing, requireTextOrArray } from './request-body.ts';
import { chatUsage } from './token-usage.ts';
import type { AnswerFacts, Protocol, RequestFacts } from '../types.ts';
import { identity, incomplete } from '../verdict.ts';

/** Embeddings have one shape: nothing is streamed, and the stream functions throw. */
export const embeddings = {
  id: 'embeddings',
  family: 'openai',
  routes: [{ method: 'POST', path: '/embeddings', operation: 'embeddings' }],
  path: '/embeddings',
  streams: false,
  lists: embeddingLists,
  injectsUsage: false,
  storesResponses: false,
  facts: embeddingFacts,
  readEvent: () => ({ kind: 'other' }),
  outputText: () => '',
  judgeBody: judgeEmbeddings,
  judgeStream: () => incomplete('embeddings are not streamed'),
  streamJudge: notStreamed,
  streamToBody: notStreamed,
  bodyToStream: notStreamed,
  show: (event) => event,
  findOwnFields,
  fillOwnFields,
  errorEvent: chunkError,
  errorBody,
} as const satisfies Protocol;

function embeddingFacts(body: JsonObject): RequestFacts {
  const facts = commonFacts(body);
  const input = body['input'] ?? null;
  if (input === null) throw missing('input');
  requireTextOrArray('input', input);
  return { ...facts, stream: false };
}

function judgeEmbeddings(body: Buffer): AnswerFacts {
  const object = parseObject(body.toString());
  if (object === undefined) return incomplete('the body is not a JSON object');
  if (isError(object['error']) || isFlatError(object)) {
    return incomplete(`the body tells of an error: ${errorMessage(object) ?? ''}`, { error: object });
  }
  const { data } = object;
  if (!Array.isArray(data)) return incomplete('the body has no data');
  const known = identity(undefined, chatUsage(object['usage']));
  if (data.length === 0) return incomplete('the data is empty', { ended: true, ...known });
  return { complete: true, ended: true, ...known, encryptedItems: [] };
}

function notStreamed(): never {
  throw new TypeError('Embeddings are not streamed.');
}
