import type { JsonObject } from '../../core/json.ts';
import { isJsonObject } from '../../core/json.ts';
import { assembleChat } from './chat-assemble.ts';
import { synthesiseChat } from './chat-synthesise.ts';
import { ChunkJudge, judgeChoices, judgeChunks } from './chunk-judge.ts';
import { DONE } from './chunk-writer.ts';
import { readChunk } from './completion-chunk.ts';
import { MARKS, showChunk } from './completion-show.ts';
import { errorBody } from './error-body.ts';
import { chunkError } from './error-event.ts';
import { sealsOfMessages } from './chat-seals.ts';
import { fillOwnFields, findOwnFields } from './own-fields.ts';
import { commonFacts, missing, wrongType } from './request-body.ts';
import { chunkText } from './output-text.ts';
import type { Protocol, RequestFacts } from '../types.ts';

export const chatCompletions = {
  id: 'chat.completions',
  family: 'openai',
  path: '/chat/completions',
  routes: [{ method: 'POST', path: '/chat/completions', operation: 'chat.completions' }],
  streams: true,
  endMark: DONE,
  injectsUsage: true,
  storesResponses: false,
  facts: chatFacts,
  readEvent: readChunk,
  outputText: chunkText,
  judgeBody: judgeChoices,
  judgeStream: judgeChunks,
  streamJudge: () => new ChunkJudge(),
  streamToBody: assembleChat,
  bodyToStream: synthesiseChat,
  show: showChunk,
  marks: MARKS,
  findOwnFields,
  fillOwnFields,
  errorEvent: chunkError,
  errorBody,
} as const satisfies Protocol;

function chatFacts(body: JsonObject): RequestFacts {
  const facts = commonFacts(body);
  const messages = body['messages'];
  if (messages === undefined || messages === null) throw missing('messages');
  if (!Array.isArray(messages)) throw wrongType('messages', 'an array of objects', messages);
  for (const [index, message] of messages.entries()) {
    if (!isJsonObject(message)) throw wrongType(`messages[${index}]`, 'an object', message);
  }
  const seals = sealsOfMessages(messages);
  return seals.length === 0 ? facts : { ...facts, encryptedItems: seals };
}
