import { chat } from './chat/index.ts';
import type { Family } from './conversation.ts';
import { gemini } from './gemini/index.ts';
import { messages } from './messages/index.ts';
import { responses } from './responses/index.ts';
import type { Translator } from './types.ts';

/** One translator a family. */
const TRANSLATORS: Readonly<Record<Family, Translator>> = { chat, responses, messages, gemini };

export function translatorOf(family: Family): Translator {
  return TRANSLATORS[family];
}
