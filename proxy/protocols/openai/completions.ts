import type { JsonObject } from '../../core/json.ts';
import { ChunkJudge, judgeChoices, judgeChunks } from './chunk-judge.ts';
import { DONE } from './chunk-writer.ts';
import { readChunk } from './completion-chunk.ts';
import { MARKS, showChunk } from './completion-show.ts';
import { assembleCompletion, synthesiseCompletion } from './completions-convert.ts';
import { errorBody } from './error-body.ts';
import { chunkError } from './error-event.ts';
import { fillOwnFields, findOwnFields } from './own-fields.ts';
import { commonFacts, requireTextOrArray } from './request-body.ts';
import { chunkText } from './output-text.ts';
import type { Protocol, RequestFacts } from '../types.ts';

/** Legacy completions. */
export const completions = {
  id: 'completions',
  family: 'openai',
  path: '/completions',
  routes: [{ method: 'POST', path: '/completions', operation: 'completions' }],
  streams: true,
  endMark: DONE,
  injectsUsage: true,
  storesResponses: false,
  facts: completionFacts,
  readEvent: readChunk,
  outputText: chunkText,
  judgeBody: judgeChoices,
  judgeStream: judgeChunks,
  streamJudge: () => new ChunkJudge(),
  streamToBody: assembleCompletion,
  bodyToStream: synthesiseCompletion,
  show: showChunk,
  marks: MARKS,
  findOwnFields,
  fillOwnFields,
  errorEvent: chunkError,
  errorBody,
} as const satisfies Protocol;

function completionFacts(body: JsonObject): RequestFacts {
  const facts = commonFacts(body);
  const prompt = body['prompt'] ?? null;
  if (prompt !== null) requireTextOrArray('prompt', prompt);
  // Where a request sets no limit, this operation has one of its own: 16 tokens.
  return { ...facts, limitsOutput: true };
}
