import type { Translator } from '../types.ts';
import { MessagesReader } from './read-answer.ts';
import { readRequest } from './read-request.ts';
import { MessagesWriter } from './write-answer.ts';
import { writeRequest } from './write-request.ts';

/** Anthropic's Messages API. */
export const messages: Translator = {
  family: 'messages',
  readRequest(body, head) {
    const conversation = readRequest(body);
    return head === undefined ? conversation : { ...conversation, ...head };
  },
  writeRequest,
  answerReader: (hints) => new MessagesReader(hints),
  answerWriter: (context) => new MessagesWriter(context),
};
