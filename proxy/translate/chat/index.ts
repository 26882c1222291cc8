import type { Translator } from '../types.ts';
import { ChatAnswerReader } from './read-answer.ts';
import { readChatRequest } from './read-request.ts';
import { ChatAnswerWriter } from './write-answer.ts';
import { writeChatRequest } from './write-request.ts';

/** OpenAI's chat completions, and those of compatible servers. */
export const chat: Translator = {
  family: 'chat',
  readRequest: readChatRequest,
  writeRequest: writeChatRequest,
  answerReader: () => new ChatAnswerReader(),
  answerWriter: (context) => new ChatAnswerWriter(context),
};
