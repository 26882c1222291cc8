import type { Translator } from '../types.ts';
import { ResponsesAnswerReader } from './read-answer.ts';
import { readResponsesRequest } from './read-request.ts';
import { ResponsesAnswerWriter } from './write-answer.ts';
import { writeResponsesRequest } from './write-request.ts';

/** OpenAI's Responses. */
export const responses: Translator = {
  family: 'responses',
  readRequest: readResponsesRequest,
  writeRequest: writeResponsesRequest,
  answerReader: () => new ResponsesAnswerReader(),
  answerWriter: (context) => new ResponsesAnswerWriter(context),
};
