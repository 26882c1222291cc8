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
import { geminiOperations } from './gemini/index.ts';
import { guarded } from './guarded.ts';
import { imageOperations, pictureDownload } from './images/operations.ts';
import { messagesOperations } from './messages/index.ts';
import { modelOperations } from './models.ts';
import { moderations } from './moderations.ts';
import { callOperations } from './realtime/calls.ts';
import { realtimeOperations } from './realtime/operations.ts';
import type { Operation } from './reply.ts';
import { compactResponse } from './responses/compact.ts';
import { createResponse } from './responses/create.ts';
import { countInputTokens } from './responses/input-tokens.ts';
import { storedResponseOperations } from './responses/lifecycle.ts';
import { keepingChats } from './stored-chat/keep.ts';
import { storedChatOperations } from './stored-chat/operations.ts';

export { azureOperations } from './azure/operations.ts';
export { providerError } from './failures.ts';
export { guarded } from './guarded.ts';
export { promptText } from './prompt-text.ts';

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

/** Every operation of OpenAI's API; the order does not matter. */
export const operations: readonly Operation[] = [...all.map(guarded), pictureDownload];

/** Every operation of Anthropic's and Google's APIs. */
export const familyOperations: readonly Operation[] = [...messagesOperations, ...geminiOperations].map(guarded);
