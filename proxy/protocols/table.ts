import { countTokens as countMessageTokens } from './anthropic/count-tokens.ts';
import { messages } from './anthropic/messages.ts';
import { countTokens as countGeminiTokens } from './gemini/count-tokens.ts';
import { batchEmbedContents, embedContent } from './gemini/embed.ts';
import { generate } from './gemini/generate.ts';
import { chatCompletions } from './openai/chat-completions.ts';
import { completions } from './openai/completions.ts';
import { embeddings } from './openai/embeddings.ts';
import { responses } from './openai/responses.ts';
import type { OperationId, Protocol } from './types.ts';

/** Every operation whose body the proxy reads. */
export const PROTOCOLS: Readonly<Record<OperationId, Protocol>> = {
  'chat.completions': chatCompletions,
  completions,
  responses,
  embeddings,
  messages,
  'messages.count_tokens': countMessageTokens,
  'gemini.generate': generate,
  'gemini.count_tokens': countGeminiTokens,
  'gemini.embed': embedContent,
  'gemini.batch_embed': batchEmbedContents,
};
