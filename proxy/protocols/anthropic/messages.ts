import { UNARY } from '../unary.ts';
import type { Protocol } from '../types.ts';
import { errorBody, errorEvent } from './errors.ts';
import { messageFacts } from './request.ts';

/** Request headers that change what the API does. */
export const FORWARDED = ['anthropic-version', 'anthropic-beta'];

export const messages = {
  ...UNARY,
  id: 'messages',
  family: 'anthropic',
  path: '/messages',
  routes: [{ method: 'POST', path: '/messages', operation: 'messages' }],
  forwards: FORWARDED,
  facts: messageFacts,
  judgeBody: UNARY.judgeStream,
  errorBody,
  errorEvent,
} as const satisfies Protocol;
