import type { Rule } from './rule.ts';
import { chatBody, completionBody } from './rules/chat.ts';
import { responseBody } from './rules/responses.ts';
import { conversationBody, embeddingBody, metadataBody, moderationBody } from './rules/small.ts';
import { chatChecks } from './semantics/chat.ts';
import type { Check } from './semantics/facts.ts';
import type { Family } from './semantics/model.ts';
import { completionChecks, embeddingChecks } from './semantics/others.ts';
import { responsesChecks } from './semantics/responses.ts';

/** What is asked of the body of one operation. */
export interface OperationRules {
  readonly body: Rule;
  /** At `openai` alone, after the body has its shape. */
  readonly checks: readonly Check[];
  /** Set where a model is required. */
  readonly family?: Family | undefined;
}

/** By method and path, as the operation table of the dialects has them. */
export const OPERATION_RULES: Readonly<Record<string, OperationRules>> = {
  'POST /v1/chat/completions': { body: chatBody, checks: chatChecks, family: 'chat' },
  'POST /v1/responses': { body: responseBody, checks: responsesChecks, family: 'responses' },
  'POST /v1/responses/input_tokens': { body: responseBody, checks: [] },
  'POST /v1/embeddings': { body: embeddingBody, checks: embeddingChecks, family: 'embeddings' },
  'POST /v1/completions': { body: completionBody, checks: completionChecks, family: 'completions' },
  'POST /v1/moderations': { body: moderationBody, checks: [] },
  'POST /v1/conversations': { body: conversationBody, checks: [] },
  'POST /v1/conversations/{conversation_id}': { body: metadataBody, checks: [] },
};
