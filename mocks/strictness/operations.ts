import type { Rule } from './rule.ts';
import { chatBody, completionBody } from './rules/chat.ts';
import {
  assistantBody,
  batchBody,
  fineTuningBody,
  runBody,
  threadBody,
  threadMessageBody,
  uploadBody,
  vectorStoreBody,
  vectorStoreFileBody,
  vectorStoreSearchBody,
} from './rules/jobs.ts';
import { imageBody, speechBody } from './rules/media.ts';
import { responseBody } from './rules/responses.ts';
import { conversationBody, conversationItemsBody, embeddingBody, metadataBody, moderationBody } from './rules/small.ts';
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
  'POST /v1/conversations/{conversation_id}/items': { body: conversationItemsBody, checks: [] },
  'POST /v1/chat/completions/{completion_id}': { body: metadataBody, checks: [] },
  'POST /v1/images/generations': { body: imageBody, checks: [] },
  'POST /v1/audio/speech': { body: speechBody, checks: [] },
  'POST /v1/batches': { body: batchBody, checks: [] },
  'POST /v1/uploads': { body: uploadBody, checks: [] },
  'POST /v1/vector_stores': { body: vectorStoreBody, checks: [] },
  'POST /v1/vector_stores/{vector_store_id}/files': { body: vectorStoreFileBody, checks: [] },
  'POST /v1/vector_stores/{vector_store_id}/search': { body: vectorStoreSearchBody, checks: [] },
  'POST /v1/fine_tuning/jobs': { body: fineTuningBody, checks: [] },
  'POST /v1/assistants': { body: assistantBody, checks: [] },
  'POST /v1/threads': { body: threadBody, checks: [] },
  'POST /v1/threads/{thread_id}/messages': { body: threadMessageBody, checks: [] },
  'POST /v1/threads/{thread_id}/runs': { body: runBody, checks: [] },
};
