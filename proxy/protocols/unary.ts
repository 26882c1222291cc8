import type { AnswerFacts, Protocol } from './types.ts';

/** The members of an operation that has one shape: nothing is streamed, and what would convert throws. */
export const UNARY = {
  streams: false,
  injectsUsage: false,
  storesResponses: false,
  readEvent: () => ({ kind: 'other' }),
  outputText: () => '',
  judgeStream: (): AnswerFacts => ({
    complete: false,
    ended: false,
    reason: 'the operation is not streamed',
    encryptedItems: [],
  }),
  streamJudge: notStreamed,
  streamToBody: notStreamed,
  bodyToStream: notStreamed,
  show: (event) => event,
  findOwnFields: () => [],
  fillOwnFields: (answer) => answer,
} as const satisfies Partial<Protocol>;

function notStreamed(): never {
  throw new TypeError('The operation is not streamed.');
}
