import type { Protocol } from '../types.ts';
import { assembleMessage, synthesiseMessage } from './convert.ts';
import { errorBody, errorEvent } from './errors.ts';
import { messageText, readMessageEvent } from './event.ts';
import { judgeMessage, judgeMessageStream, MessageJudge } from './judge.ts';
import { messageFacts } from './request.ts';

/** Request headers that change what the API does. */
export const FORWARDED = ['anthropic-version', 'anthropic-beta'];

/** Anthropic's Messages. A stream ends with `message_stop`, which is the answer's own terminal event and no mark. */
export const messages = {
  id: 'messages',
  family: 'anthropic',
  path: '/messages',
  routes: [{ method: 'POST', path: '/messages', operation: 'messages' }],
  forwards: FORWARDED,
  streams: true,
  injectsUsage: false,
  storesResponses: false,
  facts: messageFacts,
  readEvent: readMessageEvent,
  outputText: messageText,
  judgeBody: judgeMessage,
  judgeStream: judgeMessageStream,
  streamJudge: () => new MessageJudge(),
  streamToBody: assembleMessage,
  bodyToStream: synthesiseMessage,
  show: (event) => event,
  findOwnFields: () => [],
  fillOwnFields: (answer) => answer,
  errorBody,
  errorEvent,
} as const satisfies Protocol;
