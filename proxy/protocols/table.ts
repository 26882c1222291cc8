import { chatCompletions } from './chat-completions.ts';
import { completions } from './completions.ts';
import { embeddings } from './embeddings.ts';
import { responses } from './responses.ts';
import type { OperationId, Protocol } from './types.ts';

/** Every operation whose body the proxy reads. */
export const PROTOCOLS: Readonly<Record<OperationId, Protocol>> = {
  'chat.completions': chatCompletions,
  completions,
  responses,
  embeddings,
};
