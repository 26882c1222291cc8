import type { Operation } from '../reply.ts';
import { messagesBatches } from './batches.ts';
import { countTokens, createMessage } from './create.ts';
import { messagesFiles } from './files.ts';
import { messagesModels } from './models.ts';

/** The operations of Anthropic's API. */
export const messagesOperations: readonly Operation[] = [
  createMessage,
  countTokens,
  ...messagesBatches,
  ...messagesModels,
  ...messagesFiles,
];
