import { assistantOperations } from './assistants/assistants.ts';
import { runOperations } from './assistants/runs.ts';
import { threadOperations } from './assistants/threads.ts';
import { speech } from './audio/speech.ts';
import { transcriptions, translations } from './audio/transcriptions.ts';
import { chatCompletions } from './chat/operation.ts';
import { completions } from './completions.ts';
import { carryingConversations } from './conversations/carry.ts';
import { conversationOperations } from './conversations/operations.ts';
import { embeddings } from './embeddings.ts';
import { refusedKey, unparsableBody } from './errors.ts';
import { imageOperations, pictureDownload } from './images/operations.ts';
import { modelOperations } from './models.ts';
import { moderations } from './moderations.ts';
import { callOperations } from './realtime/calls.ts';
import { realtimeOperations } from './realtime/operations.ts';
import type { DialectContext, DialectRequest, Operation, Reply } from './reply.ts';
import { compactResponse } from './responses/compact.ts';
import { createResponse } from './responses/create.ts';
import { countInputTokens } from './responses/input-tokens.ts';
import { storedResponseOperations } from './responses/lifecycle.ts';
import { keepingChats } from './stored-chat/keep.ts';
import { storedChatOperations } from './stored-chat/operations.ts';

export { unknownUrl, wrongMethod } from './errors.ts';
export { providerError, providerErrorReply, streamFailure } from './failures.ts';
export { promptText } from './prompt-text.ts';

function answered(operation: Operation, request: DialectRequest, context: DialectContext): Reply {
  return context.admission === undefined
    ? operation.handle(request, context)
    : context.admission(operation, request, context);
}

/** What holds for every operation: the key first, then a body that could be parsed. */
export function guarded(operation: Operation): Operation {
  return {
    ...operation,
    handle(request, context) {
      const refused = refusedKey(request, context);
      if (refused) return refused;
      if (operation.method !== 'POST') return answered(operation, request, context);
      const unread = request.body === undefined && request.rawBody.length > 0;
      if (unread && operation.takesEveryBody !== true) return unparsableBody(context, request.headers['content-type']);
      const whole = request.body === undefined || request.body === null ? { ...request, body: {} } : request;
      return answered(operation, whole, context);
    },
  };
}

const all: readonly Operation[] = [
  keepingChats(chatCompletions),
  ...storedChatOperations,
  completions,
  carryingConversations(createResponse),
  ...conversationOperations,
  ...assistantOperations,
  ...threadOperations,
  ...runOperations,
  countInputTokens,
  compactResponse,
  ...storedResponseOperations,
  embeddings,
  moderations,
  ...imageOperations,
  ...realtimeOperations,
  ...callOperations,
  speech,
  transcriptions,
  translations,
  ...modelOperations,
];

/** Every operation the server answers; the order does not matter. */
export const operations: readonly Operation[] = [...all.map(guarded), pictureDownload];
