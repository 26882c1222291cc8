import type { Translator } from '../types.ts';
import { GeminiReader } from './read-answer.ts';
import { readRequest } from './read-request.ts';
import { GeminiWriter } from './write-answer.ts';
import { writeRequest } from './write-request.ts';

/** Google's generateContent and streamGenerateContent. */
export const gemini: Translator = {
  family: 'gemini',
  readRequest,
  writeRequest,
  answerReader: () => new GeminiReader(),
  answerWriter: (context) => new GeminiWriter(context),
};
