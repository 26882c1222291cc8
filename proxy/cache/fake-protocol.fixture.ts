import { PROTOCOLS } from '../protocols/table.ts';
import type { AnswerFacts, OperationId, Protocol } from '../protocols/types.ts';

const HIDDEN = 'hidden';

/**
 * The smallest protocol that a cache can be tested with. A stream is complete when its last event is `[DONE]`, a body
 * when it says `"ok":true`; events that contain "hidden" are shown only to views with usage.
 */
export function fakeProtocol(): Protocol {
  return {
    id: 'chat.completions',
    family: 'openai',
    routes: [],
    path: '/chat/completions',
    streams: true,
    injectsUsage: false,
    storesResponses: false,
    facts: () => {
      throw new Error('The cache does not read requests.');
    },
    readEvent: () => ({ kind: 'other' }),
    judgeBody: (body) => verdict(body.includes('"ok":true')),
    streamJudge: () => {
      throw new Error('this protocol judges whole streams only');
    },
    judgeStream: (events) => verdict(events.at(-1)?.toString() === 'data: [DONE]\n\n'),
    streamToBody: (events) => Buffer.from(`{"ok":true,"events":${events.length}}`),
    bodyToStream: (body) =>
      [`data: ${body.toString()}\n\n`, `data: ${HIDDEN}\n\n`, 'data: [DONE]\n\n'].map((text) => Buffer.from(text)),
    show: (event, view) => (event.includes(HIDDEN) && !view.includeUsage ? undefined : event),
    outputText: () => '',
    errorBody: ({ message }) => Buffer.from(message),
    findOwnFields: () => [],
    fillOwnFields: (answer) => answer,
    errorEvent: ({ message }) => Buffer.from(`data: ${message}\n\n`),
  };
}

function verdict(complete: boolean): AnswerFacts {
  return { complete, ended: complete, id: 'answer-1', usage: { input: 1, output: 2 }, encryptedItems: ['rs_1'] };
}

/** The same fake protocol for every operation. */
export function fakeProtocols(): Record<OperationId, Protocol> {
  const protocol = fakeProtocol();
  return Object.fromEntries(Object.keys(PROTOCOLS).map((id) => [id, protocol])) as Record<OperationId, Protocol>;
}
