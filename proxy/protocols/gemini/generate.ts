import { UNARY } from '../unary.ts';
import type { Protocol } from '../types.ts';
import { errorBody, errorEvent } from './errors.ts';
import { generateFacts } from './request.ts';

/** Request headers of Google's SDKs. */
export const FORWARDED = ['x-goog-api-client', 'x-server-timeout'];

export const generate = {
  ...UNARY,
  id: 'gemini.generate',
  family: 'gemini',
  path: '/models/{model}:generateContent',
  streamPath: '/models/{model}:streamGenerateContent',
  routes: [
    { method: 'POST', path: '/models/{model}:generateContent', operation: 'gemini.generate' },
    { method: 'POST', path: '/models/{model}:streamGenerateContent', operation: 'gemini.generate' },
  ],
  forwards: FORWARDED,
  facts: generateFacts,
  judgeBody: UNARY.judgeStream,
  errorBody,
  errorEvent,
} as const satisfies Protocol;
