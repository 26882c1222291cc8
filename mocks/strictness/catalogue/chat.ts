import { chatConversations } from './chat-conversations.ts';
import { chatMessages } from './chat-messages.ts';
import { chatModels } from './chat-models.ts';
import { chatParameters } from './chat-parameters.ts';
import { chatSchemas } from './chat-schemas.ts';
import { chatTogether } from './chat-together.ts';
import { chatTools } from './chat-tools.ts';
import { badRequests } from './entry.ts';

const shape = [...chatParameters, ...chatMessages, ...chatTools];
/** Of the right shape: the provider refuses what they say. */
const meaning = [...chatModels, ...chatTogether, ...chatConversations, ...chatSchemas];

export const chatCatalogue = badRequests(
  'chat',
  'POST /v1/chat/completions',
  { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }] },
  [...shape, ...meaning.map((row) => ({ ...row, level: 'openai' as const }))],
);
