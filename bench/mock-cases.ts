import { MARKER, requestShape, type RequestShape } from './jobs.ts';
import type { MockCaseId } from './mock-results.ts';

/** The last words of the user; the mock answers with ten tokens, and aimock is told to answer the same in ten pieces. */
export const QUESTION = 'one two three four five six';
export const ANSWER = `Mock response to: ${QUESTION}`;
export const ANSWER_PIECE_CHARACTERS = 5;

/** The prompt whose answer is longer than any buffer. */
export const ENDLESS_QUESTION = 'tell everything';
export const ENDLESS_ANSWER = 'word '.repeat(200_000);

export interface MockCase {
  readonly id: MockCaseId;
  readonly title: string;
  readonly request: RequestShape;
  /** Of every whole answer. */
  readonly ending: string;
  /** µs of CPU. */
  readonly limit: number;
}

const model = 'gpt-4o-mini';

function chat(content: string, stream: boolean): RequestShape {
  const messages = [
    { role: 'system', content: `You are number ${MARKER}.` },
    { role: 'user', content },
  ];
  return requestShape('/v1/chat/completions', JSON.stringify({ model, messages, ...(stream ? { stream } : {}) }));
}

function response(input: string, stream: boolean): RequestShape {
  const instructions = `You are number ${MARKER}.`;
  return requestShape('/v1/responses', JSON.stringify({ model, instructions, input, ...(stream ? { stream } : {}) }));
}

export const MOCK_CASES: readonly MockCase[] = [
  { id: 'mock-chat', title: 'chat', request: chat(QUESTION, false), ending: '}', limit: 50 },
  {
    id: 'mock-chat-stream',
    title: 'chat stream of 10 deltas',
    request: chat(QUESTION, true),
    ending: 'data: [DONE]',
    limit: 60,
  },
  { id: 'mock-responses', title: 'Responses', request: response(QUESTION, false), ending: '}', limit: 50 },
  {
    id: 'mock-responses-stream',
    title: 'Responses stream of 10 deltas',
    request: response(QUESTION, true),
    ending: '}',
    limit: 70,
  },
];

export const ENDLESS: Pick<MockCase, 'request' | 'ending'> = {
  request: chat(ENDLESS_QUESTION, true),
  ending: 'data: [DONE]',
};
