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
};
