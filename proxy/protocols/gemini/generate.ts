import type { Protocol } from '../types.ts';
import { ArrayFramer } from './array-framer.ts';
import { chunkText, readChunk } from './chunk.ts';
import { assembleAnswer, synthesiseAnswer } from './convert.ts';
import { errorBody, errorEvent } from './errors.ts';
import { GenerateJudge, judgeGenerate, judgeGenerateStream } from './judge.ts';
import { COLLECTION, generateFacts, modelCall } from './request.ts';

/** Request headers of Google's SDKs, those of an upload included. */
export const FORWARDED = [
  'x-goog-api-client',
  'x-server-timeout',
  'x-goog-upload-protocol',
  'x-goog-upload-command',
  'x-goog-upload-offset',
  'x-goog-upload-header-content-length',
  'x-goog-upload-header-content-type',
  'x-goog-upload-file-name',
];

/**
 * Gemini's generateContent. A stream has no mark at its end. Endpoints are always asked for events; a client that does not
 * ask for them (`alt=sse`) gets the same answer objects as a JSON array.
 */
export const generate = {
  id: 'gemini.generate',
  family: 'gemini',
  factsFromHead: true,
  path: '/models/{model}:generateContent',
  routes: [
    { method: 'POST', path: '/models/{model}:generateContent', operation: 'gemini.generate' },
    { method: 'POST', path: '/models/{model}:streamGenerateContent', operation: 'gemini.generate' },
  ],
  collection: COLLECTION,
  modelIn: (path) => modelCall(path)?.model,
  forwards: FORWARDED,
  shapeParameters: ['alt', '$alt'],
  streams: true,
  endsUnmarked: true,
  injectsUsage: false,
  storesResponses: false,
  facts: generateFacts,
  readEvent: readChunk,
  outputText: chunkText,
  judgeBody: judgeGenerate,
  judgeStream: judgeGenerateStream,
  streamJudge: () => new GenerateJudge(),
  streamToBody: assembleAnswer,
  bodyToStream: synthesiseAnswer,
  show: (event) => event,
  findOwnFields: () => [],
  fillOwnFields: (answer) => answer,
  framer: ({ framing }) => (framing === 'array' ? new ArrayFramer() : undefined),
  errorBody,
  errorEvent,
} as const satisfies Protocol;
