import type { Operation } from '../reply.ts';

/** The operations of Anthropic's API. */
export const messagesOperations: readonly Operation[] = [];
